/** English: the key set that every other language must fill. */
import { project } from "./en/project.ts";
import { shell } from "./en/shell.ts";

export const en = { ...shell, ...project };

export type Text = typeof en;
