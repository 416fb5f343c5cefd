/** Numbers as their unit wants them, by locale. Pure. */
import type { Text } from "../../i18n/en.ts";
import type { Format } from "../../i18n/format.ts";

const FEW_DIGITS = 10_000;

export type Unit = "" | "bytes" | "seconds" | "percent";

/** A number with its unit; a dash where it is not known. */
export function shownValue(value: number | null | undefined, unit: Unit, format: Format): string {
  if (value === null || value === undefined) return "–";
  if (unit === "bytes") return format.bytes(value);
  if (unit === "seconds") return format.duration(value * 1000);
  if (unit === "percent") return format.percent(value / 100);
  return Math.abs(value) >= FEW_DIGITS ? format.compact(value) : format.number(rounded(value));
}

/** The same of what grows, a second. */
export function shownRate(value: number | null | undefined, unit: Unit, format: Format, text: Text): string {
  return value === null || value === undefined ? "–" : text.monitoring.perSecond(shownValue(value, unit, format));
}

/** Three digits say enough. */
function rounded(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}
