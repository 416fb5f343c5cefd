/** What is looked for: the query with help for its language, which logs, how grave, and when. */
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button, IconButton } from "../../../components/Button.tsx";
import { BareSelect } from "../../../components/Field.tsx";
import { Icon } from "../../../components/Icon.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import { useShortcuts } from "../../../modules/keyboard.ts";
import { AGES, type Asked, LEVELS, type Level } from "../../../modules/logbook/asked.ts";
import { between, isLive, rangeOf, spanOf } from "../../../modules/monitoring/range.ts";
import styles from "./Logs.module.css";
import { SourceMenu } from "./SourceMenu.tsx";

interface Props {
  readonly asked: Asked;
  readonly live: boolean;
  readonly onChange: (to: Asked) => void;
  readonly onLive: (live: boolean) => void;
}

/** Also where the query is what it was: there may be more by now. */
const ASKED_ANEW: ReadonlySet<string> = new Set(["log.search", "log.counts"]);

export function Asking({ asked, live, onChange, onLive }: Props) {
  const text = useText();
  const [typed, setTyped] = useState(asked.q ?? "");
  const [helping, setHelping] = useState(false);
  const queries = useQueryClient();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setTyped(asked.q ?? ""), [asked.q]);
  useShortcuts({ "/": () => field.current?.focus() });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onChange({ q: typed.trim() });
    void queries.invalidateQueries({ predicate: ({ queryKey: [name] }) => ASKED_ANEW.has(String(name)) });
  };
  return (
    <search className={styles.asking}>
      <form className={styles.query} onSubmit={submit}>
        <label className={styles.box}>
          <Icon name="search" />
          <input
            ref={field}
            type="search"
            aria-label={text.logbook.query}
            placeholder={text.logbook.placeholder}
            value={typed}
            maxLength={1000}
            onChange={(event) => {
              setTyped(event.target.value);
              if (event.target.value === "") onChange({ q: "" });
            }}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        </label>
        <Button aria-expanded={helping} onClick={() => setHelping(!helping)}>
          {text.logbook.help.title}
        </Button>
        <Button type="submit" look="primary">
          {text.common.search}
        </Button>
      </form>
      {helping && <Help onPut={(way) => setTyped(`${typed} ${way}`.trim())} />}
      <div className={styles.bar}>
        <SourceMenu asked={asked} onChange={onChange} />
        <BareSelect
          label={text.logbook.level}
          value={asked.level ?? "unknown"}
          onChange={(event) => onChange({ level: event.target.value as Level })}
          choices={LEVELS.map((level) => ({ value: level, label: text.logbook.levels[level] ?? level }))}
        />
        <span className={styles.grow} />
        {!live && <When asked={asked} onChange={onChange} />}
        <Button
          icon={live ? "stop" : "play"}
          aria-pressed={live}
          className={live ? styles.pressed : undefined}
          onClick={() => onLive(!live)}
        >
          {text.logbook.live}
        </Button>
      </div>
    </search>
  );
}

function Help({ onPut }: { onPut: (way: string) => void }) {
  const text = useText();
  const { help } = text.logbook;
  return (
    <section className={styles.help} aria-label={help.title}>
      <p className={styles.soft}>{help.about}</p>
      <ul>
        {help.ways.map(([way, about]) => (
          <li key={way}>
            <button type="button" onClick={() => onPut(way)}>
              <code>{way}</code>
              <span className={styles.soft}>{about}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function When({ asked, onChange }: Pick<Props, "asked" | "onChange">) {
  const text = useText();
  const format = useFormat();
  const toasts = useToasts();
  const range = rangeOf(asked);
  const ages = isLive(range);
  const { from, to } = spanOf(range, Date.now());
  const share = async () => {
    const fixed = between(from, to, Date.now());
    const link = new URL(location.href);
    link.searchParams.set("since", fixed.since);
    link.searchParams.set("until", fixed.until ?? "");
    await navigator.clipboard.writeText(link.href);
    toasts.show({ message: text.logbook.shared });
  };
  return (
    <>
      {!ages && (
        <span className={styles.fixed}>
          {text.logbook.fromTo(format.dateTime(new Date(from)), format.dateTime(new Date(to)))}
          <IconButton
            icon="close"
            size="small"
            label={text.logbook.wholeTime}
            onClick={() => onChange({ since: "", until: "" })}
          />
        </span>
      )}
      <fieldset className={styles.ages} aria-label={text.logbook.range}>
        {AGES.map((age) => (
          <button
            key={age}
            type="button"
            aria-pressed={ages && range.since === age}
            onClick={() => onChange({ since: age, until: "" })}
          >
            {text.logbook.ages[age]}
          </button>
        ))}
      </fieldset>
      <IconButton icon="copy" label={text.logbook.share} onClick={() => void share()} />
    </>
  );
}
