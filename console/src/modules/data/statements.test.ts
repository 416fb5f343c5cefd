import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { statementAt, statements } from "./statements.ts";

const split = (text: string) => statements(text).map(({ from, to }) => text.slice(from, to));

describe("statements of SQL", () => {
  it("end at semicolons", () => {
    expect(split("select 1; select 2;\n")).toEqual(["select 1", "select 2"]);
    expect(split(" ;; ")).toEqual([]);
  });

  it.each([
    ["a string", "select 'a;b''c;'"],
    ["an escape string", String.raw`select E'it\'s;'`],
    ["a name", 'select "a;b"'],
    ["a line comment", "select 1 -- a;b\n+ 1"],
    ["a nested comment", "select /* a; /* b; */ c; */ 1"],
    ["a dollar body", "do $body$ begin; perform $$;$$; end $body$"],
    ["a parameter", "select $1, a$b$c"],
  ])("do not end within %s", (_, text) => {
    expect(split(`${text}; select 2`)).toEqual([text, "select 2"]);
  });

  it("are found under the cursor", () => {
    const text = "select 1;\n\nselect 2;\n";
    expect(statementAt(text, 3)).toBe("select 1");
    expect(statementAt(text, 9)).toBe("select 1");
    expect(statementAt(text, 14)).toBe("select 2");
    expect(statementAt(text, text.length)).toBe("select 2");
    expect(statementAt("  ", 1)).toBeNull();
  });

  it("begin after the comments before them", () => {
    expect(split("-- what it is\nselect 1")).toEqual(["select 1"]);
  });

  it("are always in order and within the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab'\"$;-/*\n E\\".split("")) }), (text) => {
        let last = 0;
        for (const { from, to } of statements(text)) {
          expect(from).toBeGreaterThanOrEqual(last);
          expect(to).toBeGreaterThan(from);
          last = to;
        }
        expect(last).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});
