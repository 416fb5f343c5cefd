/** Find files by name and lines by what they say; in the past, by name. */
import { useDeferredValue, useMemo, useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import styles from "./FileSearch.module.css";
import { ranked } from "./ranking.ts";
import { baseName, parentOf } from "./tree.ts";

interface Found {
  readonly path: string;
  readonly line: number | null;
  readonly text: string;
}

const MOST_NAMES = 20_000;
const SHOWN = 200;

export function FileSearch({
  onShow,
  onLeave,
}: {
  onShow: (path: string, line?: number) => void;
  onLeave: () => void;
}) {
  const text = useText();
  const format = useFormat();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const wanted = useDeferredValue(typed.trim());
  const search = useSearch(wanted);
  const show = ({ path, line }: Found) => (line === null ? onShow(path) : onShow(path, line));
  return (
    <div className={styles.search}>
      <input
        type="search"
        className={styles.input}
        aria-label={text.files.search}
        placeholder={text.files.search}
        value={typed}
        // biome-ignore lint/a11y/noAutofocus: the person asked to search
        autoFocus
        onChange={(event) => {
          setTyped(event.target.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          const match = search.found[chosen];
          if (event.key === "ArrowDown") setChosen(Math.min(search.found.length - 1, chosen + 1));
          else if (event.key === "ArrowUp") setChosen(Math.max(0, chosen - 1));
          else if (event.key === "Enter" && match) show(match);
          else if (event.key === "Escape") onLeave();
          else return;
          event.preventDefault();
        }}
      />
      {search.waiting && <Skeleton />}
      {search.error && <ErrorState error={search.error} inline />}
      {wanted !== "" && !search.waiting && (
        <p className={styles.count} role="status">
          {search.found.length === 0 ? text.common.noMatches : text.files.found(search.found.length)}
          {!search.complete && ` ${text.files.foundMore}`}
        </p>
      )}
      <ul className={styles.list}>
        {search.found.map((match, index) => (
          <li key={`${match.path}:${match.line}`}>
            <button
              type="button"
              tabIndex={-1}
              className={styles.found}
              data-chosen={index === chosen || undefined}
              title={match.path}
              onClick={() => show(match)}
            >
              <span>
                {baseName(match.path)}
                {match.line !== null && <span className={styles.line}>:{format.number(match.line)}</span>}{" "}
                <span className={styles.folder}>{parentOf(match.path)}</span>
              </span>
              {match.line !== null && <code className={styles.text}>{match.text.trim()}</code>}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function useSearch(wanted: string) {
  const { ref, at } = useWhere();
  const now = at === null;
  const lines = useOperation("files.search", { ref, text: wanted, limit: SHOWN }, { enabled: now && wanted !== "" });
  const names = useOperation(
    "files.ls",
    { ref, recursive: true, limit: MOST_NAMES, at },
    { enabled: !now, staleTime: Number.POSITIVE_INFINITY },
  );
  const found = useMemo<Found[]>(() => {
    if (wanted === "") return [];
    if (now) return lines.data?.matches.map(({ path, line, text }) => ({ path, line, text })) ?? [];
    const paths = (names.data ?? []).filter((entry) => entry.kind === "file").map((entry) => entry.path);
    return ranked(paths, wanted)
      .slice(0, SHOWN)
      .map((path) => ({ path, line: null, text: "" }));
  }, [wanted, now, lines.data, names.data]);
  return {
    found,
    waiting: wanted !== "" && (now ? lines.isPending : names.isPending),
    error: (now ? lines.error : names.error) ?? null,
    complete: now ? (lines.data?.complete ?? true) : found.length < SHOWN,
  };
}
