/** Coming in and going out. */
import { send } from "./client.ts";

const JSON_BODY = { "Content-Type": "application/json" };

/** Sign in with a name and password; the answer sets the session's cookie. Rejects with ApiError. */
export async function signIn(person: string, password: string): Promise<void> {
  await send("POST", "/api/session", JSON.stringify({ person, password }), JSON_BODY);
}

export async function signOut(): Promise<void> {
  await send("DELETE", "/api/session");
}
