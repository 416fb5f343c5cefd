/** Which logs are looked at, by what writes them. */
import { useEffect, useRef, useState } from "react";
import { useOperation } from "../../../api/hooks.ts";
import { Button } from "../../../components/Button.tsx";
import { Icon } from "../../../components/Icon.tsx";
import { SearchBox } from "../../../components/SearchBox.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import type { Asked } from "../../../modules/logbook/asked.ts";
import styles from "./Logs.module.css";

interface Props {
  readonly asked: Asked;
  readonly onChange: (to: Asked) => void;
}

export function SourceMenu({ asked, onChange }: Props) {
  const text = useText();
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const chosen = asked.source?.split(",") ?? [];
  useEffect(() => {
    if (!open) return;
    const outside = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const sources = useOperation("log.list", {}, { costly: true });
  const nameOf = (key: string) => sources.data?.find((one) => one.key === key)?.name ?? key;
  const words = text.logbook.sources;
  const said = [
    asked.of,
    chosen.length === 1 ? nameOf(chosen[0] ?? "") : chosen.length > 0 && words.some(chosen.length),
  ].filter(Boolean);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc pressed inside bubbles up to here
    <div
      ref={root}
      className={styles.menu}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.preventDefault();
        setOpen(false);
        root.current?.querySelector("button")?.focus();
      }}
    >
      <Button aria-expanded={open} onClick={() => setOpen(!open)}>
        {said.length > 0 ? said.join(" · ") : words.all}
        <Icon name="down" />
      </Button>
      {open && <Sources chosen={chosen} of={asked.of} onChange={onChange} />}
    </div>
  );
}

function Sources({
  chosen,
  of,
  onChange,
}: {
  chosen: readonly string[];
  of: string | undefined;
  onChange: (to: Asked) => void;
}) {
  const text = useText();
  const format = useFormat();
  const [wanted, setWanted] = useState("");
  const sources = useOperation("log.list", {}, { costly: true });
  const words = text.logbook.sources;
  const shown = (sources.data ?? []).filter(({ name, key }) =>
    `${name} ${key}`.toLowerCase().includes(wanted.toLowerCase()),
  );
  const turn = (key: string) => {
    const next = chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key];
    onChange({ source: next.join(",") });
  };
  return (
    <section className={styles.sources} aria-label={words.title}>
      <SearchBox label={words.filter} value={wanted} onChange={setWanted} />
      {(chosen.length > 0 || of) && (
        <Button size="small" onClick={() => onChange({ source: "", of: "" })}>
          {words.clear}
        </Button>
      )}
      {[...Map.groupBy(shown, ({ kind }) => kind)].map(([kind, some]) => (
        <fieldset key={kind}>
          <legend>{words.kinds[kind] ?? kind}</legend>
          {some.map(({ key, name, live, size_bytes }) => (
            <label key={key}>
              <input
                type="checkbox"
                checked={chosen.includes(key) || chosen.includes(name)}
                onChange={() => turn(key)}
              />
              <span className={styles.sourceName}>{name}</span>
              <span className={styles.soft}>{live ? format.bytes(size_bytes) : words.past}</span>
            </label>
          ))}
        </fieldset>
      ))}
    </section>
  );
}
