/** A one-time link: the first person chooses a name and a password, everybody else a password. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError, unreachable } from "../../api/errors.ts";
import { followLink, lookAtLink, type Promised } from "../../api/signing.ts";
import { Button } from "../../components/Button.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { TextField } from "../../components/Field.tsx";
import { PasswordField } from "../../components/PasswordField.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useSpeech, useText } from "../../i18n/text.tsx";
import { isSlug, slugOf } from "../../modules/slugs.ts";
import styles from "./Gate.module.css";
import { Gate } from "./Gate.tsx";

const SHORTEST_PASSWORD = 10;

interface ByLinkProps {
  link: string;
  onSignedIn: () => Promise<void>;
}

export function ByLink({ link, onSignedIn }: ByLinkProps) {
  const text = useText();
  const { data, error, refetch } = useQuery<Promised, ApiError>({
    queryKey: ["link"],
    queryFn: () => lookAtLink(link),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (error?.code === "bad-link") return <BadLink />;
  return (
    <Gate title={data?.kind === "reset" ? text.welcome.resetTitle : text.welcome.title}>
      {error ? (
        <ErrorState error={error} inline onRetry={() => void refetch()} />
      ) : data ? (
        <Choose link={link} promised={data} onSignedIn={onSignedIn} />
      ) : (
        <Skeleton lines={3} />
      )}
    </Gate>
  );
}

function Choose({ link, promised, onSignedIn }: ByLinkProps & { promised: Promised }) {
  const { text, language } = useSpeech();
  const first = promised.kind === "first";
  const [name, setName] = useState("");
  const [slug, setSlug] = useState<string | null>(null);
  const [password, setPassword] = useState("");
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const person = slug ?? slugOf(name);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await followLink(link, { password, ...(first ? { person, name: name.trim() || person, language } : {}) });
      await onSignedIn();
    } catch (reason) {
      setError(reason instanceof ApiError ? reason : unreachable(reason));
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} className={styles.form}>
      <p className={styles.about}>
        {first ? text.welcome.first : text.welcome.invited(promised.display_name || promised.name || "")}
      </p>
      {first && (
        <>
          <TextField
            label={text.welcome.displayName}
            value={name}
            autoComplete="name"
            maxLength={80}
            required
            autoFocus
            onChange={(event) => setName(event.target.value)}
          />
          <TextField
            label={text.welcome.slug}
            hint={text.welcome.slugHint}
            problem={person && !isSlug(person) ? text.projects.nameBad : null}
            value={person}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={39}
            required
            onChange={(event) => setSlug(event.target.value.trim().toLowerCase())}
          />
        </>
      )}
      <PasswordField
        label={text.welcome.password}
        hint={text.welcome.passwordHint(SHORTEST_PASSWORD)}
        value={password}
        autoComplete="new-password"
        minLength={SHORTEST_PASSWORD}
        required
        autoFocus={!first}
        onChange={(event) => setPassword(event.target.value)}
      />
      {error && <ErrorState error={error} inline />}
      <Button type="submit" look="primary" busy={busy}>
        {text.welcome.submit}
      </Button>
    </form>
  );
}

function BadLink() {
  const text = useText();
  return (
    <Gate title={text.welcome.invalid} foot={<a href="/sign-in">{text.signIn.title}</a>}>
      <p className={styles.about}>{text.welcome.invalidHint}</p>
      <Copyable value="nacre account link" label={text.common.sameOnCommandLine} prompt />
    </Gate>
  );
}
