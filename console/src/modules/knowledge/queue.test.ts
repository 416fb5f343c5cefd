import { expect, test } from "vitest";
import { type Queue, stateOf } from "./queue.ts";

const EMPTY = { waiting: 0, failed: 0, paused: false, at_work: [] };
const HELD: Queue["held"][number] = {
  person: null,
  until: null,
  code: "no-key",
  reason: "",
  hint: "",
  held_by: "nacre",
  held_at: "",
};

test("what keeps documents from coming in is said before that some do", () => {
  expect(stateOf({ ...EMPTY, held: [] })).toBe("idle");
  expect(stateOf({ ...EMPTY, waiting: 2, held: [] })).toBe("working");
  expect(stateOf({ ...EMPTY, waiting: 2, held: [HELD] })).toBe("held");
  expect(stateOf({ ...EMPTY, held: [HELD] })).toBe("idle");
  expect(stateOf({ ...EMPTY, waiting: 2, held: [HELD], paused: true })).toBe("paused");
  expect(stateOf({ ...EMPTY, failed: 1, held: [] })).toBe("failed");
});
