/** Numbers, sizes, times and durations as a locale writes them. Pure but for the clock, which is passed in. */

export interface Format {
  readonly number: (value: number) => string;
  /** Large numbers in few digits: 1.1M. */
  readonly compact: (value: number) => string;
  /** Dollars; of what is less than one, its first two digits, and cents at least. */
  readonly money: (usd: number) => string;
  readonly percent: (share: number) => string;
  readonly bytes: (bytes: number) => string;
  readonly date: (time: Date | string) => string;
  /** A day of a calendar, as 2026-11-28, in short. */
  readonly day: (day: string) => string;
  /** A day in short, as it is where the reader is. */
  readonly shortDate: (time: Date) => string;
  /** Hours and minutes. */
  readonly clock: (time: Date) => string;
  readonly time: (time: Date | string) => string;
  /** To the millisecond, for what comes close together. */
  readonly moment: (time: Date | string) => string;
  readonly dateTime: (time: Date | string) => string;
  /** From one to another, what they share said once. */
  readonly range: (from: Date, to: Date) => string;
  readonly relative: (time: Date | string, now: Date) => string;
  readonly duration: (ms: number) => string;
  /** What somebody set, as “5 minutes”: in the largest unit of which it is a whole number. */
  readonly span: (seconds: number) => string;
  /** What is measured closely: with a digit behind the point where it is short. */
  readonly milliseconds: (ms: number) => string;
  readonly list: (words: readonly string[]) => string;
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];
const DAYS: ReadonlySet<string> = new Set(["day", "hour", "minute", "second"]);
const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

export function formatFor(locale: string): Format {
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const shortDay = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", timeZone: "UTC" });
  const shortDate = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric" });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
  const moment = new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
  });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
  const range = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "long" });
  const list = new Intl.ListFormat(locale, { type: "conjunction" });
  return {
    number: (value) => number.format(value),
    compact: (value) => compact.format(value),
    money: (usd) => formatMoney(locale, usd),
    percent: (share) => percent.format(share),
    bytes: (bytes) => formatBytes(locale, bytes),
    date: (when) => date.format(new Date(when)),
    day: (day) => shortDay.format(new Date(`${day}T00:00:00Z`)),
    shortDate: (when) => shortDate.format(when),
    clock: (when) => clock.format(when),
    time: (when) => time.format(new Date(when)),
    moment: (when) => moment.format(new Date(when)),
    dateTime: (when) => dateTime.format(new Date(when)),
    range: (from, to) => range.formatRange(from, to),
    relative: (when, now) => formatRelative(relative, (new Date(when).getTime() - now.getTime()) / 1000),
    duration: (ms) => formatDuration(locale, ms),
    span: (seconds) => formatSpan(locale, seconds),
    milliseconds: (ms) => formatMilliseconds(locale, ms),
    list: (words) => list.format(words),
  };
}

function formatMoney(locale: string, usd: number): string {
  const digits = usd === 0 ? 2 : Math.max(2, 1 - Math.floor(Math.log10(Math.abs(usd))));
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    maximumFractionDigits: digits,
  }).format(usd);
}

function formatRelative(format: Intl.RelativeTimeFormat, seconds: number): string {
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return format.format(Math.trunc(seconds / size), unit);
}

function formatBytes(locale: string, bytes: number): string {
  const power = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(bytes))) / 3)));
  const unit = SIZES[power] ?? "byte";
  const value = bytes / 1000 ** power;
  const digits = power === 0 || value >= 100 ? 0 : 1;
  const unitDisplay = power === 0 ? "long" : "short"; // “21 bytes”, where English would say “21 byte” for short
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay, maximumFractionDigits: digits }).format(
    value,
  );
}

/** Each with the next smaller. */
const LONG = [
  [86_400, "day", 3_600, "hour"],
  [3_600, "hour", 60, "minute"],
] as const;

/** 87ms, 1.2s, 42s, 3m 5s, 2h, 30d 6h. */
function formatDuration(locale: string, ms: number): string {
  const unit = (value: number, name: string, digits = 0) =>
    new Intl.NumberFormat(locale, {
      style: "unit",
      unit: name,
      unitDisplay: "narrow",
      maximumFractionDigits: digits,
    }).format(value);
  const seconds = ms / 1000;
  if (seconds < 1) return unit(Math.round(ms), "millisecond");
  if (seconds < 60) return unit(seconds, "second", seconds < 10 ? 1 : 0);
  const [size, name, below, belowName] = LONG.find(([length]) => seconds >= length) ?? [60, "minute", 1, "second"];
  const rest = Math.floor((seconds % size) / below);
  return [unit(Math.floor(seconds / size), name), rest > 0 && unit(rest, belowName)].filter(Boolean).join(" ");
}

function formatSpan(locale: string, seconds: number): string {
  const [unit, size] = STEPS.find(([name, length]) => DAYS.has(name) && seconds % length === 0 && seconds > 0) ?? [
    "second",
    1,
  ];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(seconds / size);
}

function formatMilliseconds(locale: string, ms: number): string {
  const digits = ms < 0.1 ? 3 : ms < 10 ? 1 : 0;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: "millisecond",
    unitDisplay: "narrow",
    maximumFractionDigits: digits,
  }).format(ms);
}
