import fc from "fast-check";
import { expect, test } from "vitest";
import { conditionsOf, filterOf, parsedFilter } from "./filter.ts";

test("conditions become the filter that the daemon takes", () => {
  expect(
    filterOf([
      { key: "lang", how: "is", value: "en" },
      { key: "kind", how: "one-of", value: "pdf, html" },
      { key: "year", how: "gte", value: "2020" },
      { key: "year", how: "lt", value: "2024" },
      { key: "draft", how: "absent", value: "" },
      { key: "code", how: "is", value: '"007"' },
      { key: " ", how: "is", value: "not there yet" },
    ]),
  ).toEqual({ lang: "en", kind: ["pdf", "html"], year: { gte: 2020, lt: 2024 }, draft: null, code: "007" });
});

test("a filter comes back as the conditions that make it again", () => {
  const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.stringMatching(/^[a-z0-9]{1,8}$/));
  const range = fc.dictionary(fc.constantFrom("ne", "gt", "gte", "lt", "lte"), scalar, { minKeys: 1 });
  const value = fc.oneof(scalar, range, fc.constant(null), fc.array(scalar, { minLength: 1 }));
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), value), (filter) => {
      expect(filterOf(conditionsOf(filter) ?? [])).toEqual({ ...filter });
    }),
  );
});

test("what the form cannot show is left as JSON", () => {
  expect(conditionsOf({ year: { between: 1 } })).toBeNull();
  expect(parsedFilter('{"lang":')).toBeNull();
  expect(parsedFilter("[1]")).toBeNull();
  expect(parsedFilter(" ")).toEqual({});
});
