import { describe, expect, it } from "vitest";
import { foldersAbove, isWithin, joined, parentOf, stepBy, type TreeEntry, visibleRows } from "./tree.ts";

const file = (path: string): TreeEntry => ({ path, kind: "file", size_bytes: 1 });
const dir = (path: string): TreeEntry => ({ path, kind: "dir", size_bytes: 0 });

const content = new Map<string, TreeEntry[]>([
  ["", [file("a10"), file("a2"), dir("src"), dir("empty")]],
  ["src", [file("src/main.py"), dir("src/lib")]],
]);
const contentOf = (folder: string) => content.get(folder);
const rowsWith = (...open: string[]) => visibleRows(contentOf, new Set(open));
const paths = (...open: string[]) => rowsWith(...open).map((row) => row.entry.path);

describe("the file tree", () => {
  it("puts folders first and counts as people do", () => {
    expect(paths()).toEqual(["empty", "src", "a2", "a10"]);
  });

  it("shows what lies in open folders, and says which still wait", () => {
    expect(paths("src", "src/lib")).toEqual(["empty", "src", "src/lib", "src/main.py", "a2", "a10"]);
    const lib = rowsWith("src", "src/lib").find((row) => row.entry.path === "src/lib");
    expect(lib).toMatchObject({ depth: 1, open: true, waiting: true });
  });

  it("is walked with arrow keys", () => {
    const rows = rowsWith("src");
    expect(stepBy("ArrowDown", rows, null)).toEqual({ select: "empty" });
    expect(stepBy("ArrowUp", rows, "src")).toEqual({ select: "empty" });
    expect(stepBy("ArrowUp", rows, "empty")).toBeNull();
    expect(stepBy("ArrowRight", rows, "empty")).toEqual({ select: "empty", toggle: "empty" });
    expect(stepBy("ArrowRight", rows, "src")).toEqual({ select: "src/lib" });
    expect(stepBy("ArrowLeft", rows, "src/main.py")).toEqual({ select: "src" });
    expect(stepBy("ArrowLeft", rows, "src")).toEqual({ select: "src", toggle: "src" });
    expect(stepBy("ArrowRight", rows, "a2")).toBeNull();
    expect(stepBy("End", rows, null)).toEqual({ select: "a10" });
    expect(stepBy("ArrowDown", [], null)).toBeNull();
  });
});

describe("paths", () => {
  it("know their folders", () => {
    expect(parentOf("a/b/c")).toBe("a/b");
    expect(parentOf("a")).toBe("");
    expect(joined("", "x")).toBe("x");
    expect(joined("a/b", "x")).toBe("a/b/x");
    expect(foldersAbove("a/b/c.txt")).toEqual(["a", "a/b"]);
  });

  it("know what lies within them, not what merely begins alike", () => {
    expect(isWithin("src/lib", "src")).toBe(true);
    expect(isWithin("src", "src")).toBe(true);
    expect(isWithin("src2", "src")).toBe(false);
  });
});
