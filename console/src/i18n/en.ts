/** English: the key set that every other language must fill. */
import { admin } from "./en/admin.ts";
import { alerts } from "./en/alerts.ts";
import { knowledge } from "./en/knowledge.ts";
import { logbook } from "./en/logbook.ts";
import { models } from "./en/models.ts";
import { monitoring } from "./en/monitoring.ts";
import { nodes } from "./en/nodes.ts";
import { project } from "./en/project.ts";
import { publishing } from "./en/publish.ts";
import { shell } from "./en/shell.ts";
import { statements } from "./en/statements.ts";

export const en = {
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

export type Text = typeof en;
