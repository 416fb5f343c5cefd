/** How an app is, and where a release stands: a word, a shape and a colour. */
import { Status } from "../../components/Status.tsx";
import type { Text } from "../../i18n/en.ts";
import { useText } from "../../i18n/text.tsx";
import { type App, type Release, toneOfApp, toneOfRelease } from "./apps.ts";

export function AppState({ app }: { app: Pick<App, "status"> }) {
  const text = useText();
  return <Status tone={toneOfApp(app.status)}>{text.apps.states[app.status]}</Status>;
}

export function ReleaseState({ release }: { release: Pick<Release, "phase" | "serves"> }) {
  const text = useText();
  return <Status tone={toneOfRelease(release)}>{stateInWords(text, release)}</Status>;
}

function stateInWords(text: Text, release: Pick<Release, "phase" | "serves">): string {
  if (release.serves) return text.release.current;
  if (release.phase === "live") return text.release.replaced;
  return text.release.states[release.phase];
}

/** What a release brought: a commit or checkpoint, an older release again, or another configuration. */
export function whatIsIn(text: Text, release: Release): string {
  if (release.kind === "rollback" && release.image_of !== null) return text.release.rollbackOf(release.image_of);
  if (release.kind === "configuration") return text.release.configuration;
  if (release.kind === "redeploy") return text.release.redeploy;
  return release.source.startsWith("#")
    ? text.release.checkpoint(release.source.slice(1))
    : text.release.commit(release.source.slice(0, 8));
}

/** What its publisher said of it; a rollback says the same by what is in it. */
export function wordsOf(release: Release): string | null {
  return release.kind === "rollback" ? null : release.message;
}
