/** The roles that a person can be given, with their words. */
import type { Text } from "../../i18n/en.ts";

export type GivenRole = "viewer" | "user" | "admin";

const ROLES = ["viewer", "user", "admin"] as const;

interface RoleChoice {
  value: GivenRole;
  label: string;
  about: string;
}

/** What a role means everywhere. */
export function systemRoles(text: Text): readonly RoleChoice[] {
  const about = { viewer: text.role.viewerAbout, user: text.role.userAbout, admin: text.role.adminAbout };
  return ROLES.map((role) => ({ value: role, label: text.role[role], about: about[role] }));
}

/** What a role means in one project. */
export function projectRoles(text: Text): readonly RoleChoice[] {
  const { viewerAboutProject, userAboutProject, adminAboutProject } = text.role;
  const about = { viewer: viewerAboutProject, user: userAboutProject, admin: adminAboutProject };
  return ROLES.map((role) => ({ value: role, label: text.role[role], about: about[role] }));
}

export function roleWord(text: Text, role: string): string {
  return text.role[role as GivenRole] ?? role;
}
