import { describe, expect, it } from "vitest";
import { ranked } from "./ranking.ts";

describe("finding a file", () => {
  const paths = ["src/main.py", "main/other.txt", "docs/mainland/index.md", "README.md"];

  it("puts names before folders, short before long", () => {
    expect(ranked(paths, "main")).toEqual(["src/main.py", "main/other.txt", "docs/mainland/index.md"]);
  });

  it("wants all words, whatever their case and order", () => {
    expect(ranked(paths, "INDEX docs")).toEqual(["docs/mainland/index.md"]);
    expect(ranked(paths, "nothing")).toEqual([]);
  });
});
