/** Where one is in a project: which branch, and which moment of it. Everything below the project's bar obeys it. */
import { createContext, useContext } from "react";

export interface Where {
  readonly project: string;
  readonly branch: string;
  /** The branch as operations name it: `shop`, or `shop:try-x`. */
  readonly ref: string;
  /** The past moment looked at (RFC 3339); null: now. */
  readonly at: string | null;
  /** Whether things can be changed here: not in the past, and not by those who may only look. */
  readonly writable: boolean;
  readonly goTo: (there: { branch?: string; at?: string | null }) => void;
}

export const WhereContext = createContext<Where | null>(null);

export function useWhere(): Where {
  const where = useContext(WhereContext);
  if (!where) throw new Error("useWhere outside of a project");
  return where;
}

export const MAIN = "main";

export function refOf(project: string, branch: string): string {
  return branch === MAIN ? project : `${project}:${branch}`;
}
