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
  readonly email: string | null;
  readonly role: Role;
  readonly language: string | null;
  /** Projects without a membership are out of reach; otherwise `role` holds in all of them. */
  readonly members_only: boolean;
  readonly projects: Readonly<Record<string, Role>>;
  readonly csrf: string | null;
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

/** The role in a project, or with none named in the system as a whole. Pure. */
export function roleOf(session: Pick<Session, "role" | "members_only" | "projects">, project?: string): Role | null {
  if (project === undefined) return session.role;
  const own = session.projects[project] ?? null;
  if (session.members_only) return own;
  return atLeast(own, session.role) ? own : session.role;
}

export function atLeast(role: Role | null, needed: Role): boolean {
  return role !== null && ORDER[role] >= ORDER[needed];
}

const ORDER: Readonly<Record<Role, number>> = { viewer: 1, user: 2, admin: 3, owner: 4 };

async function readSession(): Promise<Session | null> {
  try {
    const response = await send("GET", "/api/session");
    const session = (await response.json()) as Session;
    carryCsrfToken(session.csrf ?? "");
    return session;
  } catch (error) {
    if (isSignedOut(error)) return null;
    throw error;
  }
}
