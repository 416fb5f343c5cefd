/** Conditions on rows: column, comparison, value; each can be taken off again. */
import { type FormEvent, useState } from "react";
import { Button, IconButton } from "../../components/Button.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./Filters.module.css";
import type { Column } from "./Grid.tsx";

const COMPARISONS = ["=", "!=", "<", "<=", ">", ">=", "contains", "starts", "in", "is null", "is not null"] as const;
const ALONE: ReadonlySet<string> = new Set(["is null", "is not null"]);

interface Props {
  readonly columns: readonly Column[];
  readonly where: readonly string[];
  readonly onWhere: (where: readonly string[]) => void;
}

export function Filters({ columns, where, onWhere }: Props) {
  const text = useText();
  const [column, setColumn] = useState(columns[0]?.name ?? "");
  const [comparison, setComparison] = useState<string>("=");
  const [value, setValue] = useState("");
  const alone = ALONE.has(comparison);

  const add = (event: FormEvent) => {
    event.preventDefault();
    if (!alone && value === "") return;
    onWhere([...where, conditionOf(column, comparison, value)]);
    setValue("");
  };
  return (
    <form className={styles.filters} onSubmit={add} aria-label={text.common.filter}>
      <select aria-label={text.data.column} value={column} onChange={(event) => setColumn(event.target.value)}>
        {columns.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label={text.data.comparison}
        value={comparison}
        onChange={(event) => setComparison(event.target.value)}
      >
        {COMPARISONS.map((each) => (
          <option key={each} value={each}>
            {text.data.comparisons[each]}
          </option>
        ))}
      </select>
      {!alone && (
        <input
          aria-label={text.data.value}
          placeholder={text.data.value}
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
      )}
      <Button size="small" type="submit">
        {text.common.filter}
      </Button>
      {where.map((condition) => (
        <span key={condition} className={styles.condition}>
          <code>{condition}</code>
          <IconButton
            icon="close"
            size="small"
            label={`${text.common.remove} ${condition}`}
            onClick={() => onWhere(where.filter((each) => each !== condition))}
          />
        </span>
      ))}
    </form>
  );
}

function conditionOf(column: string, comparison: string, value: string): string {
  const name = /^[^\s"<>=!]+$/.test(column) ? column : `"${column.replaceAll('"', '""')}"`;
  return ALONE.has(comparison) ? `${name} ${comparison}` : `${name} ${comparison} ${value}`;
}
