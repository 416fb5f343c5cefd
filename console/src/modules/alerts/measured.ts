/** A number as people read it, by what it is counted in. */
import type { Text } from "../../i18n/en.ts";
import type { Format } from "../../i18n/format.ts";
import { useFormat, useText } from "../../i18n/text.tsx";
import type { Rule, Unit } from "./alerts.ts";

export function useMeasured(): (value: number, unit: Unit) => string {
  const format = useFormat();
  const text = useText();
  return (value, unit) => WAYS[unit](value, format, text);
}

const WAYS: Readonly<Record<Unit, (value: number, format: Format, text: Text) => string>> = {
  "": (value, format) => format.number(value),
  bytes: (value, format) => format.bytes(value),
  seconds: (value, format) => format.duration(value * 1000),
  percent: (value, format) => format.percent(value / 100),
  share: (value, format) => format.percent(value),
  "per second": (value, format, text) => text.alerts.perSecond(format.number(value)),
  "bytes per second": (value, format, text) => text.alerts.perSecond(format.bytes(value)),
};

/** When a rule holds, in words: “above 80% for 10 minutes”. */
export function useCondition(): (rule: Pick<Rule, "above" | "below" | "unit" | "hold_s">) => string {
  const format = useFormat();
  const text = useText();
  const measured = useMeasured();
  const { rules } = text.alerts;
  return ({ above, below, unit, hold_s }) => {
    const bound = above === null ? rules.below(measured(below ?? 0, unit)) : rules.above(measured(above, unit));
    return `${bound} ${hold_s > 0 ? rules.hold(format.span(hold_s)) : rules.atOnce}`;
  };
}
