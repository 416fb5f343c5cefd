import { describe, expect, it } from "vitest";
import { additionFrom, additionOf, commandFor, draftFor, draftOf, type Preset } from "./addition.ts";

const PRESET: Preset = {
  name: "openai",
  title: "OpenAI",
  base_url: "https://api.openai.com/v1",
  needs_key: true,
  models: [{ name: "gpt-4o-mini", kind: "chat", context: 128_000, input_price: 0.15, output_price: 0.6 }],
};

describe("adding a model", () => {
  it("begins with what the provider proposes, and says no limit that nobody typed", () => {
    const addition = additionFrom({ ...draftFor(PRESET), name: " fast ", key: "sk-1" });
    expect(addition).toMatchObject({
      name: "fast",
      provider: "openai",
      model: "gpt-4o-mini",
      kind: "chat",
      key: "sk-1",
    });
    expect(addition.options).toMatchObject({ concurrency: null, input_price: null });
    expect(addition).not.toHaveProperty("default");
  });

  it("is the same on the command line, which asks for the key", () => {
    const draft = { ...draftFor(PRESET), key: "sk-1", limits: { ...draftFor(PRESET).limits, concurrency: "4" } };
    expect(commandFor(additionFrom(draft))).toBe(
      "nacre llm model add openai --kind chat --provider openai --model gpt-4o-mini " +
        `--base-url https://api.openai.com/v1 --key --options '{"concurrency":4}'`,
    );
    expect(commandFor({ name: "best", tiers: [["a", "b"], ["c"]] })).toBe(
      "nacre llm model add best --tiers a,b --tiers c",
    );
  });

  it("changes what the form shows, takes limits away that were emptied, and keeps the rest", () => {
    const { options = null } = additionFrom(draftFor(PRESET));
    if (!options) throw new Error("options are always said");
    const model = {
      ...{ name: "gpt", kind: "chat" as const, provider: "openai", model: "gpt-4o", base_url: null, tiers: [] },
      ...{ has_key: true, default: true, shared: true, state: "ready", until: null },
      options: { ...options, concurrency: 4, context: 8000 },
    };
    const changed = additionFrom(
      { ...draftOf(model), limits: { ...draftOf(model).limits, concurrency: "" } },
      model.options,
    );
    expect(changed.options).toMatchObject({ concurrency: null, context: 8000 });
    expect(changed).not.toHaveProperty("key");
    expect(additionOf(model)).toMatchObject({ name: "gpt", provider: "openai", default: true });
  });
});
