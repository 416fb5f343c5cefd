/** A document as it is searched: its passages in order, with their headings and pages; the one that was found stands out. */
import { Link, useCanGoBack, useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { IconButton } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { CopyButton } from "../../components/Copyable.tsx";
import { classes } from "../../components/classes.ts";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Badge } from "../../components/Status.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useShortcuts } from "../../modules/keyboard.ts";
import { Headings, PassageText } from "../../modules/knowledge/PassageText.tsx";
import { useDeletion } from "../../modules/knowledge/useDeletion.ts";
import { useCollection, useMayFill } from "./collection.tsx";
import styles from "./Reader.module.css";

type Whole = OutputOf<"knowledge.document.show">;
type Passage = Whole["parts"][number];

export default function Reader() {
  const { name: collection } = useCollection();
  const { document } = useSearch({ from: "/signed-in/knowledge/collections/$collection/read" });
  const shown = useOperation("knowledge.document.show", { collection, document });
  return (
    <>
      <Back />
      {shown.data ? (
        <Document key={document} whole={shown.data} />
      ) : shown.error ? (
        <ErrorState error={shown.error} onRetry={() => void shown.refetch()} />
      ) : (
        <Skeleton lines={8} />
      )}
      <CommandLine command={commandOf("knowledge.document.show", { collection, document })} />
    </>
  );
}

/** To the search as it was, with its filter and its collections, where one came from there. */
function Back() {
  const text = useText();
  const router = useRouter();
  const canGoBack = useCanGoBack();
  const { name: collection } = useCollection();
  const { q } = useSearch({ from: "/signed-in/knowledge/collections/$collection/read" });
  const icon = <Icon name="left" />;
  if (q === undefined) {
    return (
      <Link to="/knowledge/collections/$collection/documents" params={{ collection }} className={styles.back}>
        {icon} {text.reader.back}
      </Link>
    );
  }
  if (canGoBack) {
    return (
      <button type="button" className={styles.back} onClick={() => router.history.back()}>
        {icon} {text.reader.backToSearch}
      </button>
    );
  }
  return (
    <Link to="/knowledge/collections/$collection" params={{ collection }} search={{ q }} className={styles.back}>
      {icon} {text.reader.backToSearch}
    </Link>
  );
}

function Document({ whole }: { whole: Whole }) {
  const text = useText();
  const format = useFormat();
  const navigate = useNavigate();
  const { name: collection } = useCollection();
  const mayFill = useMayFill();
  const deletion = useDeletion(collection);
  const { passage: at, q } = useSearch({ from: "/signed-in/knowledge/collections/$collection/read" });
  const { name, parts, metadata } = whole;
  const place = at === undefined ? -1 : parts.findIndex(({ position }) => position === at);
  const current = parts[place];
  const go = (next: number) => {
    const passage = parts[next]?.position;
    if (passage === undefined) return;
    void navigate({
      to: "/knowledge/collections/$collection/read",
      params: { collection },
      search: { document: name, passage, ...(q === undefined ? {} : { q }) },
      replace: true,
      resetScroll: false,
    });
  };
  useShortcuts({ j: () => go(place + 1), k: () => go(Math.max(0, place - 1)) });
  useEffect(() => {
    if (at !== undefined) document.getElementById(anchorOf(at))?.scrollIntoView({ block: "center" });
  }, [at]);
  const remove = () => {
    deletion.start(name);
    void navigate({ to: "/knowledge/collections/$collection/documents", params: { collection } });
  };
  return (
    <article className={styles.document} aria-label={name}>
      <header className={styles.head}>
        <div className={styles.title}>
          <h2>{name}</h2>
          <p className={styles.facts}>
            {typeof metadata.kind === "string" && <Badge>{metadata.kind.toUpperCase()}</Badge>}
            <span>{text.reader.characters(format.number(whole.characters))}</span>
            <span>{text.reader.addedBy(whole.added_by)}</span>
            <When time={whole.added_at} />
          </p>
        </div>
        <nav className={styles.moves} aria-label={text.reader.goTo} title={text.reader.keys}>
          <IconButton icon="up" label={text.reader.previous} disabled={place <= 0} onClick={() => go(place - 1)} />
          <span className={styles.place} role="status">
            {text.reader.passage(current ? format.number(current.position) : "–", format.number(parts.length))}
          </span>
          <IconButton
            icon="down"
            label={text.reader.next}
            disabled={place >= parts.length - 1}
            onClick={() => go(place + 1)}
          />
          {mayFill && <IconButton icon="trash" label={`${text.documents.delete} ${name}`} onClick={remove} />}
        </nav>
      </header>
      <Metadata metadata={metadata} />
      <ol className={styles.parts}>
        {parts.map((part, index) => (
          <Part
            key={part.position}
            part={part}
            name={name}
            before={parts[index - 1]}
            current={part === current}
            query={q}
          />
        ))}
      </ol>
    </article>
  );
}

/** All but the kind, which stands in the head. */
function Metadata({ metadata }: { metadata: Whole["metadata"] }) {
  const text = useText();
  const entries = Object.entries(metadata).filter(([key]) => key !== "kind");
  if (entries.length === 0) return null;
  return (
    <dl className={styles.metadata} aria-label={text.reader.metadata}>
      {entries.map(([key, value]) => (
        <div key={key}>
          <dt>{key}</dt>
          <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

interface PartProps {
  readonly part: Passage;
  readonly name: string;
  readonly before: Passage | undefined;
  readonly current: boolean;
  readonly query: string | undefined;
}

function Part({ part, name, before, current, query }: PartProps) {
  const text = useText();
  const format = useFormat();
  const { position, page, context } = part;
  const shownPage = page === null ? null : format.number(page);
  return (
    <li
      id={anchorOf(position)}
      className={classes(styles.part, current && styles.current)}
      aria-current={current ? "true" : undefined}
    >
      <div className={styles.gutter}>
        <span className={styles.number}>{format.number(position)}</span>
        {shownPage !== null && page !== before?.page && <span>{text.reader.page(shownPage)}</span>}
      </div>
      <div className={styles.words}>
        {context !== before?.context && <Headings context={context} />}
        <PassageText text={part.text} query={query} />
      </div>
      <CopyButton
        value={text.reader.cite(name, shownPage, format.number(position))}
        label={`${text.reader.citation} ${format.number(position)}`}
      />
    </li>
  );
}

function anchorOf(position: number): string {
  return `passage-${position}`;
}
