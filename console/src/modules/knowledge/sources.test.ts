import { expect, test } from "vitest";
import { additionOf, NO_SOURCE, placeOf, stateOfSource } from "./sources.ts";

test("each kind asks for its own, and is not added before that is there", () => {
  expect(additionOf("a", NO_SOURCE)).toBeNull();
  expect(additionOf("a", { ...NO_SOURCE, ref: "shop", match: "*.md, !drafts/**" })).toEqual({
    operation: "knowledge.source.project",
    input: { collection: "a", ref: "shop", match: ["*.md", "!drafts/**"] },
  });
  const site = { ...NO_SOURCE, kind: "url" as const, depth: "2", name: "docs" };
  expect(additionOf("a", { ...site, url: "example.org" })).toBeNull();
  expect(additionOf("a", { ...site, url: "https://example.org/" })?.input).toEqual({
    collection: "a",
    url: "https://example.org/",
    depth: 2,
    name: "docs",
  });
  expect(additionOf("a", { ...NO_SOURCE, kind: "folder", path: "srv" })).toBeNull();
  expect(
    additionOf("a", { ...NO_SOURCE, kind: "table", ref: "shop", table: "articles", text: "title, body" })?.input,
  ).toEqual({ collection: "a", ref: "shop", table: "articles", key: "id", text: ["title", "body"] });
});

test("where a source is, and how it stands", () => {
  expect(placeOf({ settings: { path: "/srv/handbook" } })).toBe("/srv/handbook");
  expect(placeOf({ settings: { ref: "shop:try", under: "docs" } })).toBe("shop:try · docs");
  expect(stateOfSource({ state: "on", trouble: null, looked_at: null })).toBe("waiting");
  expect(stateOfSource({ state: "on", trouble: "It does not answer.", looked_at: "x" })).toBe("trouble");
  expect(stateOfSource({ state: "paused", trouble: "x", looked_at: "x" })).toBe("paused");
});
