/** The way in: a one-time link from the address, or a name and a password. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { SESSION } from "../../api/session.ts";
import { useSpeech } from "../../i18n/text.tsx";
import { ByLink } from "./ByLink.tsx";
import { ByPassword } from "./ByPassword.tsx";

export default function SignIn() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { speak } = useSpeech();
  const { next } = useSearch({ from: "/sign-in" });
  const [link] = useState(takeLink);

  const onSignedIn = useCallback(async () => {
    queries.clear();
    const session = await queries.fetchQuery({ ...SESSION, staleTime: 0 });
    if (session?.language === "en" || session?.language === "zh") speak(session.language);
    if (next && LEAVES_THE_CONSOLE.test(next)) window.location.assign(next);
    else await navigate({ href: next ?? "/projects", replace: true });
  }, [queries, navigate, speak, next]);

  return link ? <ByLink link={link} onSignedIn={onSignedIn} /> : <ByPassword onSignedIn={onSignedIn} />;
}

/** Addresses of this origin that are not the console's own pages: people's content is handed over to from there. */
const LEAVES_THE_CONSOLE = /^\/(handoff|ws|p|code|jupyter|apps)(\/|\?|$)/;

/** The secret of a one-time link, out of the address at once, so that it stays in no history. */
function takeLink(): string | null {
  const secret = new URLSearchParams(window.location.hash.slice(1)).get("link");
  if (secret) window.history.replaceState(window.history.state, "", window.location.pathname);
  return secret;
}
