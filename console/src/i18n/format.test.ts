import { expect, test } from "vitest";
import { formatFor } from "./format.ts";

const now = new Date("2026-03-01T12:00:00Z");

test("times are relative to now, in the reader's language", () => {
  expect(formatFor("en").relative("2026-03-01T11:57:00Z", now)).toBe("3 minutes ago");
  expect(formatFor("zh-CN").relative("2026-03-01T11:57:00Z", now)).toBe("3分钟前");
  expect(formatFor("en").relative("2026-02-28T12:00:00Z", now)).toBe("yesterday");
  expect(formatFor("en").relative(now, now)).toBe("now");
});

test("sizes take the largest unit that leaves a number to the left", () => {
  const { bytes } = formatFor("en");
  expect([bytes(0), bytes(999), bytes(1_500), bytes(614_000_000)]).toEqual([
    "0 bytes",
    "999 bytes",
    "1.5 kB",
    "614 MB",
  ]);
});

test("durations are as exact as they are short", () => {
  const { duration } = formatFor("en");
  expect([duration(87), duration(1_240), duration(42_000), duration(185_000)]).toEqual([
    "87ms",
    "1.2s",
    "42s",
    "3m 5s",
  ]);
  expect([duration(60_000), duration(7_200_000), duration(5_460_000), duration(30.25 * 86_400_000)]).toEqual([
    "1m",
    "2h",
    "1h 31m",
    "30d 6h",
  ]);
});

test("what was set is told in the largest unit of which it is a whole number", () => {
  const { span } = formatFor("en");
  expect([span(1), span(90), span(300), span(7_200), span(86_400)]).toEqual([
    "1 second",
    "90 seconds",
    "5 minutes",
    "2 hours",
    "1 day",
  ]);
});

test("money shows what is less than a dollar to two digits, and cents at least", () => {
  const { money } = formatFor("en");
  expect([money(0), money(12.5), money(0.01), money(0.000123)]).toEqual(["$0.00", "$12.50", "$0.01", "$0.00012"]);
  expect([money(0.5), money(0.025), money(0.002), money(1.234)]).toEqual(["$0.50", "$0.025", "$0.002", "$1.23"]);
});

test("a day is the same day wherever it is read", () => {
  expect(formatFor("en").day("2026-11-28")).toBe("Nov 28");
  expect(formatFor("zh-CN").day("2026-11-28")).toBe("11月28日");
});
