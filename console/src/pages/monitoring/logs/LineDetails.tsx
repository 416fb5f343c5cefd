/** A line in full: its fields, each to look for or to leave out, and the lines around it. */
import { useState } from "react";
import { useOperation } from "../../../api/hooks.ts";
import { Button, IconButton } from "../../../components/Button.tsx";
import { CopyButton } from "../../../components/Copyable.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import { type Asked, type Line, withField } from "../../../modules/logbook/asked.ts";
import { fieldsOf, requestOf } from "../../../modules/logbook/fields.ts";
import styles from "./Logs.module.css";

interface Props {
  readonly line: Line;
  readonly asked: Asked;
  readonly onChange: (to: Asked) => void;
}

export function LineDetails({ line, asked, onChange }: Props) {
  const text = useText();
  const format = useFormat();
  const [around, setAround] = useState(false);
  const words = text.logbook.line;
  const fields = fieldsOf(line.text);
  const request = requestOf(line);
  const whole = [line.text, ...line.rest].join("\n");
  return (
    <div className={styles.details}>
      <div className={styles.whole}>
        <pre>{whole}</pre>
        <CopyButton value={whole} label={words.copy} />
      </div>
      <p className={styles.soft}>
        {format.dateTime(line.time)} · <code>{line.source}</code> · {words.open(line.number)}
      </p>
      {fields.length > 0 && (
        <dl className={styles.fields} aria-label={words.fields}>
          {fields.map(({ name, value }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line may name a field twice
            <div key={index}>
              <dt>{name}</dt>
              <dd>
                <span className={styles.value}>{value}</span>
                <IconButton
                  icon="plus"
                  size="small"
                  label={words.only(`${name}=${value}`)}
                  onClick={() => onChange({ q: withField(asked.q ?? "", name, value) })}
                />
                <IconButton
                  icon="minus"
                  size="small"
                  label={words.without(`${name}=${value}`)}
                  onClick={() => onChange({ q: withField(asked.q ?? "", name, value, true) })}
                />
              </dd>
            </div>
          ))}
        </dl>
      )}
      <div className={styles.actions}>
        <Button size="small" aria-expanded={around} onClick={() => setAround(!around)}>
          {words.showAround}
        </Button>
        <Button size="small" onClick={() => onChange({ source: line.source, of: "" })}>
          {words.onlySource}
        </Button>
        {request && (
          <Button size="small" onClick={() => onChange({ q: request, source: "", of: "", level: "unknown" })}>
            {words.request}
          </Button>
        )}
      </div>
      {around && <Around line={line} />}
    </div>
  );
}

function Around({ line }: { line: Line }) {
  const text = useText();
  const format = useFormat();
  const input = { source: line.source, number: line.number, before: 10, after: 10 };
  const { data, error, refetch } = useOperation("log.around", input, { costly: true });
  if (error) return <ErrorState error={error} inline onRetry={() => void refetch()} />;
  if (!data) return <Skeleton />;
  return (
    <ol className={styles.around} aria-label={text.logbook.line.around}>
      {data.lines.map((one) => (
        <li key={one.number} aria-current={one.number === line.number || undefined} data-level={one.level}>
          <time dateTime={one.time}>{format.moment(one.time)}</time>
          <span>{one.text}</span>
        </li>
      ))}
    </ol>
  );
}
