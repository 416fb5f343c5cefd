/** Coming in and going out. These are no operations: what they answer with is the session's cookie. */
import { send } from "./client.ts";

export interface WaysIn {
  /** What the single sign-on is called; null where there is none. */
  readonly openid: string | null;
  /** Nobody has an account here yet. */
  readonly first: boolean;
}

/** What a one-time link leads to: `first` makes the first admin, the others are for one person. */
export interface Promised {
  readonly kind: "first" | "invite" | "reset";
  readonly name: string | null;
  readonly display_name: string | null;
  readonly language: string | null;
}

export interface Chosen {
  readonly password: string;
  readonly person?: string;
  readonly name?: string;
  readonly language?: string;
}

/** Where signing in by the single sign-on begins, and where in the console it goes on to. */
export function openIdStart(next: string): string {
  return `/api/sign-in/oidc/start?next=${encodeURIComponent(next)}`;
}

export async function waysIn(): Promise<WaysIn> {
  return (await (await send("GET", "/api/sign-in")).json()) as WaysIn;
}

/** Sign in with a name or e-mail address and a password. Rejects with ApiError. */
export async function signIn(person: string, password: string): Promise<void> {
  await post("/api/sign-in", { person, password });
}

/** What a link would do, without using it up. Rejects with ApiError "bad-link". */
export async function lookAtLink(link: string): Promise<Promised> {
  return (await (await post("/api/sign-in/link/show", { link })).json()) as Promised;
}

/** Follow a link: sets the password (and the first person's name) and signs in. Rejects with ApiError. */
export async function followLink(link: string, chosen: Chosen): Promise<void> {
  await post("/api/sign-in/link", { link, ...chosen });
}

export async function signOut(): Promise<void> {
  await post("/api/sign-out", {});
}

function post(path: string, body: object): Promise<Response> {
  return send("POST", path, JSON.stringify(body), { "Content-Type": "application/json" });
}
