import { describe, expect, it } from "vitest";
import { csvOf, isNumeric, readAs, shownAs, typedAs, widthsOf } from "./cell.ts";

describe("cells", () => {
  it("show any value on one line", () => {
    expect([null, true, 1.5, "a", [1, null], { a: 1 }].map(shownAs)).toEqual([
      "",
      "true",
      "1.5",
      "a",
      "[1,null]",
      '{"a":1}',
    ]);
    expect(readAs({ a: 1 })).toBe('{\n  "a": 1\n}');
  });

  it("take JSON as JSON and leave the rest to Postgres", () => {
    expect(typedAs('{"a": 1}', "jsonb")).toEqual({ a: 1 });
    expect(typedAs("[1, 2]", "integer[]")).toEqual([1, 2]);
    expect(typedAs("{1,2}", "integer[]")).toBe("{1,2}");
    expect(typedAs("007", "text")).toBe("007");
    expect(isNumeric("numeric(10,2)")).toBe(true);
    expect(isNumeric("interval")).toBe(false);
  });

  it("are CSV that other programs read", () => {
    expect(
      csvOf(
        ["id", "a,b"],
        [
          [1, 'say "hi"'],
          [null, "two\nlines"],
          [2, " x"],
        ],
      ),
    ).toBe('id,"a,b"\r\n1,"say ""hi"""\r\n,"two\nlines"\r\n2," x"');
  });

  it("make columns wide enough, but not endless, and count Chinese double", () => {
    const [short, long, chinese] = widthsOf(["id", "text", "名字"], [[1, "x".repeat(500), "这是一个很长的名字啊"]]);
    expect(short).toBe(72);
    expect(long).toBe(360);
    expect(chinese).toBeGreaterThan(150);
  });
});
