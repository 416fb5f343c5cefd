import { expect, test } from "vitest";
import { BROUGHT, creationFrom, FIRST, mayDelete, mayFill, troubleOf } from "./collections.ts";

const ANN = { person: "ann", role: "user", members_only: false, projects: {} } as const;
const BOB = { person: "bob", role: "user", members_only: true, projects: { shop: "user" } } as const;
const ADMIN = { person: "eve", role: "admin", members_only: false, projects: {} } as const;

test("one's own is filled and deleted, what is for everyone only by whoever made it and admins", () => {
  const own = { access: "private", person: "ann", project: null } as const;
  const all = { access: "everyone", person: "ann", project: null } as const;
  expect([mayFill(ANN, own), mayDelete(ANN, own)]).toEqual([true, true]);
  expect([mayFill(BOB, all), mayDelete(BOB, all)]).toEqual([false, false]);
  expect([mayFill(ADMIN, all), mayDelete(ADMIN, all)]).toEqual([true, true]);
});

test("a project's is filled by its users, and deleted by its admins or by whoever made it", () => {
  const shop = { access: "project", person: "ann", project: "shop" } as const;
  expect([mayFill(BOB, shop), mayDelete(BOB, shop)]).toEqual([true, false]);
  expect([mayFill(BOB, { ...shop, project: "other" })]).toEqual([false]);
  expect([mayDelete(ANN, shop), mayDelete(ADMIN, shop)]).toEqual([true, true]);
});

test("only what differs from the daemon's own choice is said", () => {
  expect(creationFrom({ ...FIRST, name: "a" })).toEqual({ name: "a" });
  expect(creationFrom({ ...FIRST, name: "a", access: "project", project: "shop", size: "400" })).toEqual({
    name: "a",
    project: "shop",
    chunking: { by: "markdown", size: 400, overlap: 100, context: "" },
  });
  expect(creationFrom({ ...FIRST, name: "a", model: BROUGHT, size: "1" })).toEqual({ name: "a", dimension: 1536 });
});

test("numbers that the daemon would refuse are noticed before", () => {
  expect(troubleOf(FIRST)).toBeNull();
  expect(troubleOf({ ...FIRST, size: "10" })).toBe("size");
  expect(troubleOf({ ...FIRST, overlap: "401" })).toBe("overlap");
  expect(troubleOf({ ...FIRST, model: BROUGHT, dimension: "1.5" })).toBe("dimension");
});
