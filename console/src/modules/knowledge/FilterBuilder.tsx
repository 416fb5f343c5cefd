/** A filter by the metadata of documents: key, comparison, value, a line each; or as the JSON that it is. */
import { useState } from "react";
import { Button, IconButton } from "../../components/Button.tsx";
import { BareSelect, TextArea } from "../../components/Field.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./FilterBuilder.module.css";
import {
  COMPARISONS,
  type Comparison,
  type Condition,
  conditionsOf,
  type Filter,
  filterOf,
  parsedFilter,
} from "./filter.ts";

const EMPTY: Condition = { key: "", how: "is", value: "" };

interface Props {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

/** Has a state of its own while it is open: a line that is not finished is no condition yet. */
export function FilterBuilder({ filter, onChange }: Props) {
  const text = useText();
  const [conditions, setConditions] = useState(() => conditionsOf(filter));
  const [json, setJson] = useState(() => (conditions === null ? JSON.stringify(filter) : null));
  const lines = conditions === null || conditions.length > 0 ? conditions : [EMPTY];
  const set = (next: readonly Condition[]) => {
    setConditions([...next]);
    onChange(filterOf(next));
  };
  const write = (typed: string) => {
    setJson(typed);
    const parsed = parsedFilter(typed);
    if (parsed === null) return;
    setConditions(conditionsOf(parsed));
    onChange(parsed);
  };
  return (
    <section className={styles.builder} aria-label={text.finding.filter}>
      <p className={styles.soft}>{text.finding.filterAbout}</p>
      {lines === null ? (
        <p className={styles.soft}>{text.finding.jsonOnly}</p>
      ) : (
        <>
          {lines.map((condition, place) => (
            <Line
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name, and hold no state
              key={place}
              condition={condition}
              onChange={(changed) => set(lines.map((one, index) => (index === place ? changed : one)))}
              onRemove={() => set(lines.filter((_, index) => index !== place))}
            />
          ))}
          <Button size="small" icon="plus" look="quiet" onClick={() => setConditions([...lines, EMPTY])}>
            {text.finding.addCondition}
          </Button>
        </>
      )}
      <details
        className={styles.json}
        open={lines === null}
        onToggle={(event) => event.currentTarget.open || setJson(null)}
      >
        <summary>{text.finding.json}</summary>
        <TextArea
          label={text.finding.json}
          hint={text.finding.jsonHint}
          problem={json !== null && parsedFilter(json) === null ? text.finding.jsonBad : null}
          rows={2}
          value={json ?? JSON.stringify(filter)}
          onChange={(event) => write(event.target.value)}
          spellCheck={false}
        />
      </details>
    </section>
  );
}

interface LineProps {
  readonly condition: Condition;
  readonly onChange: (condition: Condition) => void;
  readonly onRemove: () => void;
}

function Line({ condition, onChange, onRemove }: LineProps) {
  const text = useText();
  const { key, how, value } = condition;
  return (
    <div className={styles.line}>
      <input
        aria-label={text.finding.key}
        placeholder="lang"
        value={key}
        onChange={(event) => onChange({ ...condition, key: event.target.value })}
        autoCapitalize="none"
        spellCheck={false}
      />
      <BareSelect
        label={text.finding.how}
        value={how}
        onChange={(event) => onChange({ ...condition, how: event.target.value as Comparison })}
        choices={COMPARISONS.map((one) => ({ value: one, label: text.finding.comparisons[one] }))}
      />
      {how !== "absent" && (
        <input
          aria-label={text.finding.value}
          placeholder={how === "one-of" ? text.finding.valueHint : "en"}
          value={value}
          onChange={(event) => onChange({ ...condition, value: event.target.value })}
          autoCapitalize="none"
          spellCheck={false}
        />
      )}
      <IconButton icon="close" size="small" label={text.finding.removeCondition(key)} onClick={onRemove} />
    </div>
  );
}
