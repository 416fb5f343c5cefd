/** 简体中文。 */
import type { Text } from "./en.ts";
import { admin } from "./zh/admin.ts";
import { alerts } from "./zh/alerts.ts";
import { knowledge } from "./zh/knowledge.ts";
import { logbook } from "./zh/logbook.ts";
import { models } from "./zh/models.ts";
import { monitoring } from "./zh/monitoring.ts";
import { nodes } from "./zh/nodes.ts";
import { project } from "./zh/project.ts";
import { publishing } from "./zh/publish.ts";
import { shell } from "./zh/shell.ts";
import { statements } from "./zh/statements.ts";

export const zh: Text = {
  ...shell,
  ...admin,
  ...project,
  ...publishing,
  ...models,
  ...knowledge,
  ...monitoring,
  ...alerts,
  ...statements,
  ...logbook,
  ...nodes,
};
