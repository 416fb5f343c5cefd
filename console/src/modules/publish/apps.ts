/** What apps and releases are called and coloured by. */
import type { OutputOf } from "../../api/operations.ts";
import type { Tone } from "../../components/Status.tsx";
import { isUnderWay } from "./phases.ts";

export type App = OutputOf<"app.list">[number];
export type Release = OutputOf<"release.list">[number];

const APP_TONES: Readonly<Record<App["status"], Tone>> = {
  running: "good",
  starting: "wait",
  asleep: "rest",
  stopped: "still",
  unpublished: "still",
  failing: "bad",
};

export function toneOfApp(status: App["status"]): Tone {
  return APP_TONES[status];
}

export function toneOfRelease(release: Pick<Release, "phase" | "serves">): Tone {
  if (release.serves) return "good";
  if (isUnderWay(release.phase)) return "wait";
  return release.phase === "failed" ? "bad" : "still";
}

/** The name that an app gets when none is said: its project's, and for a preview of a branch both. */
export function appNameFor(ref: string): string {
  return ref.replace(":", "-").slice(0, 39).replace(/-+$/, "");
}

/** Who did it, without what kind of caller that is: `person:ann` is ann. */
export function nameOf(who: string): string {
  return who.slice(who.indexOf(":") + 1);
}

/** Whether an app can serve this release again without building anything. */
export function canGoBackTo(release: Pick<Release, "phase" | "serves" | "digest">): boolean {
  return release.phase === "live" && !release.serves && release.digest !== null;
}
