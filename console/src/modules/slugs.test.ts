import { expect, test } from "vitest";
import { isSlug, slugOf } from "./slugs.ts";

test("a name is proposed from the first word, without its accents", () => {
  expect(slugOf("Ann-Sofie Müller")).toBe("ann-sofie");
  expect(slugOf("  Émile ")).toBe("emile");
  expect(slugOf("3rd Person")).toBe("rd");
  expect(slugOf("李雷")).toBe("");
});

test("what is proposed is a name that the daemon takes", () => {
  for (const words of ["Ann", "O'Neil", "A".repeat(60), "x-"]) expect(isSlug(slugOf(words))).toBe(true);
});
