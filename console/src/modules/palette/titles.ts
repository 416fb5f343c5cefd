/** What an operation is called in the palette: the language's own word for it, else the first sentence of its summary. */
import { type OperationName, operations } from "../../api/operations.ts";
import type { Text } from "../../i18n/en.ts";

export function titleOf(text: Text, name: OperationName): string {
  return text.operations[name] ?? operations[name].summary.replace(/\.( .*)?$/, "").replaceAll("`", "");
}
