/** Signing in with a name and a password, or by the single sign-on where there is one. */
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { ApiError } from "../../api/errors.ts";
import { openIdStart, signIn, waysIn } from "../../api/signing.ts";
import { Button } from "../../components/Button.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { TextField } from "../../components/Field.tsx";
import { PasswordField } from "../../components/PasswordField.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./Gate.module.css";
import { Gate } from "./Gate.tsx";

export function ByPassword({ onSignedIn }: { onSignedIn: () => Promise<void> }) {
  const text = useText();
  const { next } = useSearch({ from: "/sign-in" });
  const [error, setError] = useState<ApiError | null>(() => refusedAt(text.signIn.refused));
  const [busy, setBusy] = useState(false);
  const { data: ways } = useQuery({ queryKey: ["ways in"], queryFn: waysIn, staleTime: Number.POSITIVE_INFINITY });
  const waitS = useCountdown(error);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await signIn(String(form.get("person")).trim(), String(form.get("password")));
      await onSignedIn();
    } catch (reason) {
      if (!(reason instanceof ApiError)) throw reason;
      setError(reason);
      setBusy(false);
    }
  };

  return (
    <Gate title={text.signIn.title} foot={ways?.first ? <NobodyYet /> : text.signIn.noLink}>
      <form onSubmit={(event) => void submit(event)} className={styles.form}>
        {error && <Refused error={error} waitS={waitS} />}
        <TextField
          label={text.signIn.person}
          name="person"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
        />
        <PasswordField label={text.signIn.password} name="password" autoComplete="current-password" required />
        <Button type="submit" look="primary" busy={busy} disabled={waitS > 0}>
          {busy ? text.signIn.submitting : text.signIn.submit}
        </Button>
      </form>
      {ways?.openid && (
        <>
          <div className={styles.or}>{text.signIn.or}</div>
          <a className={styles.openid} href={openIdStart(next ?? "/projects")}>
            {text.signIn.withProvider(ways.openid)}
          </a>
        </>
      )}
    </Gate>
  );
}

/** Why the single sign-on sent the browser back here instead of on; out of the address at once. */
function refusedAt(words: Readonly<Record<string, string>> & { other: string }): ApiError | null {
  const code = new URLSearchParams(window.location.hash.slice(1)).get("error");
  if (!code) return null;
  window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
  return new ApiError(code, words[code] ?? words.other, "", 401, null);
}

function Refused({ error, waitS }: { error: ApiError; waitS: number }) {
  const text = useText();
  const format = useFormat();
  if (error.code !== "too-many-attempts") return <ErrorState error={error} inline />;
  if (waitS === 0) return null;
  return (
    <p className={styles.locked} role="alert">
      {text.signIn.locked(format.duration(waitS * 1000))}
    </p>
  );
}

function NobodyYet() {
  const text = useText();
  return (
    <div className={styles.first}>
      <p>{text.signIn.firstTime}</p>
      <Copyable value="nacre account link" label={text.common.sameOnCommandLine} prompt />
    </div>
  );
}

/** The seconds that are left of a lock-out, counted down. */
function useCountdown(error: ApiError | null): number {
  const [leftS, setLeftS] = useState(0);
  useEffect(() => {
    const until = Date.now() + (error?.retryAfterS ?? 0) * 1000;
    const tick = () => setLeftS(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [error]);
  return leftS;
}
