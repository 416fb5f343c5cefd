import { expect, test } from "vitest";
import type { InputField } from "../../api/schemas.ts";
import { inputOf, missingIn } from "./values.ts";

const field = (name: string, kind: InputField["kind"], required = false): InputField => ({
  name,
  kind,
  required,
  about: "",
  choices: [],
  example: "",
  fallback: "",
  secret: false,
});

test("empty fields are left out, so that the daemon's defaults hold", () => {
  expect(inputOf([field("at", "text"), field("name", "text")], { at: "", name: "x" })).toEqual({ name: "x" });
});

test("each kind of field becomes what the operation takes", () => {
  const fields = [field("days", "number"), field("project", "list"), field("env", "json"), field("force", "flag")];
  const values = { days: "1.5", project: " shop \n\nblog", env: '{"A":"1"}', force: false };
  expect(inputOf(fields, values)).toEqual({ days: 1.5, project: ["shop", "blog"], env: { A: "1" }, force: false });
});

test("what is no number goes as written, for the daemon to refuse with its reason", () => {
  expect(inputOf([field("days", "number")], { days: "many" })).toEqual({ days: "many" });
});

test("required fields that are empty are named", () => {
  expect(missingIn([field("ref", "text", true), field("at", "text")], { ref: "" })).toEqual(new Set(["ref"]));
});
