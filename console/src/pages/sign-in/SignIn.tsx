/** Signing in with a name and a password. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ApiError } from "../../api/errors.ts";
import { SESSION } from "../../api/session.ts";
import { signIn } from "../../api/signing.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { TextField } from "../../components/Field.tsx";
import { useText } from "../../i18n/text.tsx";
import { Gate } from "./Gate.tsx";

export default function SignIn() {
  const text = useText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { next } = useSearch({ from: "/sign-in" });
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      await signIn(String(form.get("person")).trim(), String(form.get("password")));
      await queries.fetchQuery({ ...SESSION, staleTime: 0 });
      await navigate({ href: next ?? "/projects", replace: true });
    } catch (reason) {
      if (!(reason instanceof ApiError)) throw reason;
      setError(reason);
      setBusy(false);
    }
  };

  return (
    <Gate title={text.signIn.title} foot={text.signIn.firstTime}>
      <form onSubmit={(event) => void submit(event)} style={{ display: "contents" }}>
        {error && <ErrorState error={error} inline />}
        <TextField
          label={text.signIn.name}
          name="person"
          autoComplete="username"
          autoCapitalize="none"
          required
          autoFocus
        />
        <TextField
          label={text.signIn.password}
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        <Button type="submit" look="primary" busy={busy}>
          {busy ? text.signIn.submitting : text.signIn.submit}
        </Button>
      </form>
    </Gate>
  );
}
