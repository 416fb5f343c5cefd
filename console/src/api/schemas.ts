/** What operations take, field by field, as the running daemon describes it: forms are made from this. */
import { queryOptions } from "@tanstack/react-query";
import { send } from "./client.ts";
import type { ApiError } from "./errors.ts";
import type { OperationName } from "./operations.ts";

export type FieldKind = "text" | "number" | "flag" | "choice" | "list" | "json" | "file";

export interface InputField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly about: string;
  readonly choices: readonly string[];
  readonly example: string;
  /** What holds when it is left out, in words; "" when nothing does. */
  readonly fallback: string;
  readonly secret: boolean;
}

export interface Described {
  readonly about: string;
  readonly fields: readonly InputField[];
}

export const DESCRIPTIONS = queryOptions<ReadonlyMap<string, Described>, ApiError>({
  queryKey: ["descriptions"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async ({ signal }) => {
    const response = await send("GET", "/api/openapi.json", null, {}, signal);
    return descriptionsIn((await response.json()) as OpenApi);
  },
});

export function describedOf(all: ReadonlyMap<string, Described>, name: OperationName): Described {
  return all.get(name) ?? { about: "", fields: [] };
}

/** Every operation of an OpenAPI document with its fields: those of the path, the query, then the body. Pure. */
export function descriptionsIn(document: OpenApi): ReadonlyMap<string, Described> {
  const found = new Map<string, Described>();
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path)) {
      const parameters = (operation.parameters ?? [])
        .filter((one) => one.in === "path" || one.in === "query")
        .map((one) => fieldOf(one.name, one.schema, one.required ?? false, document, one.description));
      found.set(operation.operationId, {
        about: operation.description ?? "",
        fields: [...parameters, ...bodyFields(operation, document)],
      });
    }
  }
  return found;
}

interface Schema {
  type?: string;
  enum?: readonly unknown[];
  anyOf?: readonly Schema[];
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  description?: string;
  default?: unknown;
  examples?: readonly unknown[];
  format?: string;
  $ref?: string;
}

interface OpenApiOperation {
  operationId: string;
  description?: string;
  parameters?: readonly { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { content: Readonly<Record<string, { schema: Schema }>> };
}

export interface OpenApi {
  paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  components?: { schemas?: Readonly<Record<string, Schema>> };
}

function bodyFields(operation: OpenApiOperation, document: OpenApi): readonly InputField[] {
  const content = operation.requestBody?.content ?? {};
  const json = content["application/json"]?.schema;
  if (!json) return [];
  const required = new Set(json.required ?? []);
  return Object.entries(json.properties ?? {}).map(([name, schema]) =>
    fieldOf(name, schema, required.has(name), document),
  );
}

function fieldOf(name: string, given: Schema, required: boolean, document: OpenApi, about?: string): InputField {
  const schema = essence(given, document);
  const fallback = given.default;
  return {
    name,
    kind: kindOf(schema),
    required,
    about: given.description ?? about ?? schema.description ?? "",
    choices: (schema.enum ?? []).map(String),
    example: schema.examples?.[0] === undefined ? "" : String(schema.examples[0]),
    fallback: fallback === undefined || fallback === null || fallback === "" ? "" : String(fallback),
    secret: schema.format === "password",
  };
}

/** The one type of a field that may also be null, references followed. */
function essence(schema: Schema, document: OpenApi): Schema {
  if (schema.$ref) {
    const target = document.components?.schemas?.[schema.$ref.split("/").at(-1) ?? ""];
    return target ? essence(target, document) : {};
  }
  const types = schema.anyOf?.filter((one) => one.type !== "null") ?? [];
  return types.length === 1 && types[0] ? essence(types[0], document) : schema;
}

function kindOf(schema: Schema): FieldKind {
  if (schema.enum) return "choice";
  if (schema.type === "boolean") return "flag";
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (schema.type === "array") return schema.items?.type === "object" ? "json" : "list";
  if (schema.type === "object") return "json";
  if (schema.format === "binary") return "file";
  return "text";
}
