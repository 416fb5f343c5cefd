/** Who is signed in, as the daemon knows it by the session's cookie. */
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { carryCsrfToken, send } from "./client.ts";
import { type ApiError, isSignedOut } from "./errors.ts";
import type { Facts } from "./operations.ts";

export type Role = Facts["role"];

export interface Session {
  /** The slug: part of addresses, what a person signs in with. */
  readonly person: string;
  readonly name: string;
  readonly role: Role;
  /** The role in each project that this person is a member of. */
  readonly projects: Readonly<Record<string, Role>>;
  readonly csrf: string;
}

export const SESSION = queryOptions<Session | null, ApiError>({
  queryKey: ["session"],
  queryFn: readSession,
  staleTime: 60_000,
  retry: false,
});

/** The session of whoever is signed in; only pages behind the sign-in ask. */
export function useSession(): Session {
  const { data } = useSuspenseQuery(SESSION);
  if (!data) throw new Error("nobody is signed in");
  return data;
}

/** Whether the signed-in person has at least this role, in a project when one is named. */
export function useMay(): (role: Role, project?: string) => boolean {
  const session = useSession();
  return (role, project) => atLeast(roleOf(session, project), role);
}

export function roleOf(session: Session, project?: string): Role | null {
  if (project === undefined || atLeast(session.role, "admin")) return session.role;
  return session.projects[project] ?? (session.role === "viewer" ? "viewer" : null);
}

export function atLeast(role: Role | null, needed: Role): boolean {
  return role !== null && ORDER[role] >= ORDER[needed];
}

const ORDER: Readonly<Record<Role, number>> = { viewer: 1, user: 2, admin: 3, owner: 4 };

async function readSession(): Promise<Session | null> {
  try {
    const response = await send("GET", "/api/session");
    const session = (await response.json()) as Session;
    carryCsrfToken(session.csrf);
    return session;
  } catch (error) {
    if (isSignedOut(error)) return null;
    throw error;
  }
}
