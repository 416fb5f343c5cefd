import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chatStatement, literal, searchStatement } from "./statement.ts";

describe("the playground as SQL", () => {
  it("says only what was chosen", () => {
    expect(chatStatement({ prompt: "hello" })).toBe("SELECT llm.chat('hello');");
    expect(chatStatement({ prompt: "hi", model: "fast", system: "Be brief.", options: { temperature: 0 } })).toBe(
      `SELECT llm.chat('hi', model => 'fast', system => 'Be brief.', options => '{"temperature":0}');`,
    );
    expect(chatStatement({ prompt: "hi", model: "", options: { temperature: undefined } })).toBe(
      "SELECT llm.chat('hi');",
    );
    expect(searchStatement("public.notes", "it's late", 5)).toBe(
      "SELECT * FROM llm.search('public.notes', 'it''s late', k => 5);",
    );
  });

  it("stays one string, whatever is asked", () => {
    fc.assert(
      fc.property(fc.string(), (prompt) => {
        const inside = literal(prompt).replace(/^E?'|'$/g, "");
        expect(inside.replaceAll("''", "")).not.toContain("'");
        expect(literal(prompt).startsWith("E")).toBe(prompt.includes("\\"));
      }),
    );
  });
});
