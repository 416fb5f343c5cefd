/** From what stands in a form's fields to an operation's input: what is left empty is left out. Pure. */
import type { InputField } from "../../api/schemas.ts";

export type FormValues = Readonly<Record<string, string | boolean>>;

export function inputOf(fields: readonly InputField[], values: FormValues): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const field of fields) {
    const value = values[field.name];
    if (value === undefined || value === "") continue;
    input[field.name] = typeof value === "boolean" ? value : parsed(field, value);
  }
  return input;
}

/** The names of fields that must be filled and are not. */
export function missingIn(fields: readonly InputField[], values: FormValues): ReadonlySet<string> {
  const empty = fields.filter((field) => field.required && field.kind !== "flag" && !values[field.name]);
  return new Set(empty.map((field) => field.name));
}

/** What is no number or no JSON goes as it was written: the daemon says precisely what is wrong with it. */
function parsed(field: InputField, value: string): unknown {
  switch (field.kind) {
    case "number":
      return Number.isNaN(Number(value)) ? value : Number(value);
    case "list":
      return value
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean);
    case "json":
      return json(value);
    default:
      return value;
  }
}

function json(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
