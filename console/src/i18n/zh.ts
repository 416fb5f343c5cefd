/** 简体中文。 */
import type { Text } from "./en.ts";
import { project } from "./zh/project.ts";
import { shell } from "./zh/shell.ts";

export const zh: Text = { ...shell, ...project };
