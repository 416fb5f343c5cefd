/** One box to search with: by meaning, by words or by both, narrowed down by a filter; and an answer where one is wanted. */
import { Link } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { useText } from "../../i18n/text.tsx";
import { AnswerBox } from "./AnswerBox.tsx";
import { type Asked, searchOf } from "./asked.ts";
import type { Collection } from "./collections.ts";
import { FilterBuilder } from "./FilterBuilder.tsx";
import styles from "./Finding.module.css";
import type { Filter } from "./filter.ts";
import { Modes } from "./Modes.tsx";
import { Results } from "./Results.tsx";
import { useAnswer } from "./useAnswer.ts";

interface Props {
  readonly asked: Asked;
  readonly onAsk: (asked: Asked) => void;
  /** Those that are searched. */
  readonly collections: readonly Collection[];
  /** Which those are to be, where that can be chosen. */
  readonly chooser?: ReactNode;
  /** Shown before anything is asked. */
  readonly beginning?: ReactNode;
}

export function Finding({ asked, onAsk, collections, chooser, beginning }: Props) {
  const text = useText();
  const may = useMay();
  const [typed, setTyped] = useState(asked.q ?? "");
  const [filter, setFilter] = useState<Filter>(asked.filter ?? {});
  const [filtering, setFiltering] = useState(asked.filter !== undefined);
  const [wantsAnswer, setWantsAnswer] = useState(false);
  // The address may also change by going back: then it holds, not what was typed.
  const [seen, setSeen] = useState(asked);
  const [round, setRound] = useState(0);
  if (JSON.stringify(seen) !== JSON.stringify(asked)) {
    setSeen(asked);
    setTyped(asked.q ?? "");
    if (JSON.stringify(asked.filter ?? {}) !== JSON.stringify(filter)) {
      setFilter(asked.filter ?? {});
      setRound(round + 1);
    }
  }
  const answering = useAnswer();
  const models = useOperation("llm.model.list", {}, { enabled: may("user") });
  const mayAnswer = models.data?.some(({ kind }) => kind === "chat") ?? false;

  const names = collections.map(({ name }) => name);
  const wordsOnly = collections.some(({ model }) => model === null);
  const effective: Asked = wordsOnly ? { ...asked, mode: "text" } : asked;
  const input = searchOf(effective, names);
  const found = useOperation("search.knowledge", input, {
    enabled: asked.q !== undefined && names.length > 0,
    costly: true,
  });
  const inVain = found.data?.records.length === 0;
  const why = useOperation("search.knowledge", { ...input, explain: true }, { enabled: inVain, costly: true });
  const conditions = Object.keys(filter).length;
  const ready = typed.trim() !== "" && names.length > 0;

  const next: Asked = { ...asked, q: typed.trim(), filter };
  const search = (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    answering.clear();
    setWantsAnswer(false);
    onAsk(next);
  };
  const answer = () => {
    onAsk(next);
    setWantsAnswer(true);
    if (mayAnswer) answering.ask({ question: typed.trim(), collection: names, ...(conditions > 0 ? { filter } : {}) });
  };
  const test = (words: string) => (
    <Link
      to="/knowledge/collections/$collection/test"
      params={{ collection: names[0] ?? "" }}
      search={{ ...asked, in: names }}
    >
      {words}
    </Link>
  );
  return (
    <>
      <form className={styles.form} onSubmit={search} aria-label={text.finding.label}>
        {chooser}
        <div className={styles.box}>
          <Icon name="search" />
          <input
            type="search"
            aria-label={text.finding.query}
            placeholder={text.finding.placeholder}
            value={typed}
            maxLength={10_000}
            onChange={(event) => setTyped(event.target.value)}
          />
          <Button type="submit" look="primary" disabled={!ready} busy={found.isFetching}>
            {text.finding.search}
          </Button>
          {may("user") && !wordsOnly && (
            <Button
              icon="models"
              title={text.finding.answerAbout}
              disabled={!ready}
              busy={answering.running}
              onClick={answer}
            >
              {text.finding.answer}
            </Button>
          )}
        </div>
        <div className={styles.how}>
          <Modes
            chosen={effective.mode ?? "hybrid"}
            wordsOnly={wordsOnly}
            onChoose={(mode) => {
              const { mode: _, ...others } = next;
              if (mode === "hybrid") onAsk(others);
              else onAsk({ ...others, mode });
            }}
          />
          <Button size="small" icon="settings" aria-expanded={filtering} onClick={() => setFiltering(!filtering)}>
            {conditions > 0 ? text.finding.filterCount(conditions) : text.finding.filter}
          </Button>
        </div>
        {filtering && <FilterBuilder key={round} filter={filter} onChange={setFilter} />}
      </form>
      {wantsAnswer && !mayAnswer && <NoModel />}
      <AnswerBox answering={answering} question={asked.q ?? ""} test={test(text.finding.testNone)} />
      {found.error && <ErrorState error={found.error} inline onRetry={() => void found.refetch()} />}
      {asked.q === undefined
        ? beginning
        : found.data && (
            <Results
              records={found.data.records}
              nothing={why.data?.explain?.nothing ?? null}
              query={asked.q}
              several={names.length > 1}
              test={test(inVain ? text.finding.testNone : text.finding.test)}
            />
          )}
      {asked.q !== undefined && (
        <div className={styles.same}>
          <CommandLine command={commandOf("search.knowledge", input)} />
          <details className={styles.http}>
            <summary>{text.finding.asCode}</summary>
            <Copyable value={`POST /api/ai/search ${JSON.stringify(input)}`} label={text.finding.asCode} />
          </details>
        </div>
      )}
    </>
  );
}

function NoModel() {
  const text = useText();
  const may = useMay();
  return (
    <EmptyState
      icon="models"
      title={text.answering.noModel}
      action={may("admin") && <Link to="/models">{text.answering.addModel}</Link>}
    >
      <p>{text.answering.noModelAbout}</p>
      {!may("admin") && <p>{text.answering.noModelAsk}</p>}
    </EmptyState>
  );
}
