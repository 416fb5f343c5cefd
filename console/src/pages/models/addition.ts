/** What the form of a model holds, and the call that adds it. Pure. */
import type { InputOf, OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import type { Model } from "../../modules/models/models.ts";

export type Addition = InputOf<"llm.model.add">;
export type Preset = OutputOf<"llm.provider.list">[number];

export const LIMITS = [
  "concurrency",
  "requests_per_minute",
  "tokens_per_minute",
  "total_s",
  "input_price",
  "output_price",
] as const;
export type Limit = (typeof LIMITS)[number];

export interface Draft {
  readonly name: string;
  readonly provider: string;
  readonly kind: Model["kind"];
  readonly model: string;
  readonly baseUrl: string;
  readonly key: string;
  readonly limits: Readonly<Record<Limit, string>>;
  readonly makeDefault: boolean;
}

/** The form for another model of this provider: the first that it offers. */
export function draftFor(preset: Preset): Draft {
  const [first] = preset.models;
  return {
    name: preset.name,
    provider: preset.name,
    kind: first?.kind ?? "chat",
    model: first?.name ?? "",
    baseUrl: preset.base_url,
    key: "",
    limits: limitsOf(() => ""),
    makeDefault: false,
  };
}

/** The form for a model that is there; its key is not shown. */
export function draftOf(model: Model): Draft {
  return {
    name: model.name,
    provider: model.provider ?? "",
    kind: model.kind,
    model: model.model ?? "",
    baseUrl: model.base_url ?? "",
    key: "",
    limits: limitsOf((limit) => model.options[limit]?.toString() ?? ""),
    makeDefault: model.default,
  };
}

/** The call that adds what the form holds; `kept` are the options of which the form shows some. */
export function additionFrom(draft: Draft, kept: Model["options"] = UNSAID): Addition {
  const limits = limitsOf((limit) => (draft.limits[limit].trim() === "" ? null : Number(draft.limits[limit])));
  return {
    name: draft.name.trim(),
    kind: draft.kind,
    provider: draft.provider,
    model: draft.model.trim(),
    ...(draft.baseUrl.trim() === "" ? {} : { base_url: draft.baseUrl.trim() }),
    ...(draft.key === "" ? {} : { key: draft.key }),
    options: { ...kept, ...limits },
    ...(draft.makeDefault ? { default: true } : {}),
  };
}

/** The call that puts back a model that was removed, without its key. */
export function additionOf(model: Model): Addition {
  const { name, kind, provider, model: called, base_url, tiers, options, default: isDefault } = model;
  return {
    name,
    kind,
    ...(tiers.length > 0 ? { tiers } : { provider, model: called, base_url }),
    options,
    default: isDefault,
  };
}

/** The command that adds it, without what is not said; for the key it asks. */
export function commandFor({ key, options = UNSAID, tiers = [], ...addition }: Addition): string {
  const said = Object.entries(options).filter(([limit, value]) => limit !== "provider" && value !== null);
  const shown: object = {
    ...addition,
    ...(tiers.length > 0 ? { tiers: tiers.map((names) => names.join(",")) } : {}),
    ...(key ? { key: true } : {}),
    ...(said.length > 0 ? { options: Object.fromEntries(said) } : {}),
  };
  return commandOf("llm.model.add", shown);
}

function limitsOf<Value>(value: (limit: Limit) => Value): Record<Limit, Value> {
  return Object.fromEntries(LIMITS.map((limit) => [limit, value(limit)])) as Record<Limit, Value>;
}

const UNSAID: Model["options"] = {
  concurrency: null,
  requests_per_minute: null,
  tokens_per_minute: null,
  first_token_s: null,
  total_s: null,
  attempts: null,
  context: null,
  max_output: null,
  dimension: null,
  input_price: null,
  output_price: null,
  local: null,
  provider: {},
};
