import { expect, test } from "vitest";
import { commandOf, requestOf } from "./requests.ts";

test("fields of the path go there, the rest into the body", () => {
  expect(requestOf("branch.create", { ref: "shop:try-x", name: "try-y", at: "10m" })).toEqual({
    method: "POST",
    url: "/api/projects/shop:try-x/branches",
    body: '{"name":"try-y","at":"10m"}',
  });
});

test("what has no body goes into the query, lists repeated, nulls left out", () => {
  const input = { ref: "shop", path: "a b/ü.txt", at: null };
  expect(requestOf("files.cat", input).url).toBe("/api/projects/shop/file?path=a+b%2F%C3%BC.txt");
});

test("a path field is escaped, so that it cannot lead elsewhere", () => {
  expect(requestOf("project.show", { ref: "../tokens" }).url).toBe("/api/projects/..%2Ftokens");
});

test("the command line is what a person would type, quoted for a shell", () => {
  expect(commandOf("branch.create", { ref: "shop", name: "try-x", at: "10m" })).toBe(
    "nacre branch create shop try-x --at 10m",
  );
  expect(commandOf("checkpoint", { ref: "shop", message: "it's done" })).toBe(
    "nacre checkpoint shop --message 'it'\\''s done'",
  );
  expect(commandOf("rewind", { ref: "shop", moment: "before #12", dry_run: true })).toBe(
    "nacre rewind shop 'before #12' --dry-run",
  );
});

test("what is still open shows as a place to fill", () => {
  expect(commandOf("project.create", {})).toBe("nacre project create <name>");
});
