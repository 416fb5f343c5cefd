/** How a search comes to what it finds: each way by itself, what they make together, and where what was expected is. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { BareSelect } from "../../components/Field.tsx";
import { Icon } from "../../components/Icon.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { COUNTS, readTested, SCANS, type Tested, testOf, USUAL_COUNT } from "../../modules/knowledge/asked.ts";
import { FilterBuilder } from "../../modules/knowledge/FilterBuilder.tsx";
import finding from "../../modules/knowledge/Finding.module.css";
import type { Filter } from "../../modules/knowledge/filter.ts";
import { Modes } from "../../modules/knowledge/Modes.tsx";
import { useCollection } from "./collection.tsx";
import { ExpectedPassage } from "./ExpectedPassage.tsx";
import styles from "./RetrievalTest.module.css";
import { Told } from "./Told.tsx";

export default function RetrievalTest() {
  const text = useText();
  const navigate = useNavigate();
  const collection = useCollection();
  const asked = useSearch({ from: "/signed-in/knowledge/collections/$collection/test" });
  const names = asked.in ?? [collection.name];
  const tested: Tested = collection.model === null ? { ...asked, mode: "text" } : asked;
  const input = testOf(tested, names);
  const found = useOperation("search.knowledge", input, { enabled: asked.q !== undefined, costly: true });
  const count = tested.k ?? USUAL_COUNT;
  const go = (next: Tested) =>
    void navigate({
      to: "/knowledge/collections/$collection/test",
      params: { collection: collection.name },
      search: readTested({ ...next }),
      resetScroll: false,
    });
  return (
    <>
      <p className={styles.soft}>{text.test.about}</p>
      <Asking tested={tested} names={names} busy={found.isFetching} onGo={go} />
      {found.error && <ErrorState error={found.error} inline onRetry={() => void found.refetch()} />}
      {asked.q === undefined ? (
        <EmptyState icon="search" title={text.test.beginTitle}>
          <p>{text.test.beginAbout}</p>
        </EmptyState>
      ) : (
        <>
          {found.data?.explain && (
            <Told
              found={found.data}
              explain={found.data.explain}
              query={asked.q}
              count={count}
              onGo={go}
              tested={tested}
            />
          )}
          <ExpectedPassage
            key={`${asked.expected} ${asked.position}`}
            tested={tested}
            names={names}
            count={count}
            explain={found.data?.explain ?? null}
            onGo={go}
          />
          <CommandLine command={commandOf("search.knowledge", input)} />
        </>
      )}
    </>
  );
}

interface AskingProps {
  readonly tested: Tested;
  readonly names: readonly string[];
  readonly busy: boolean;
  readonly onGo: (tested: Tested) => void;
}

function Asking({ tested, names, busy, onGo }: AskingProps) {
  const text = useText();
  const format = useFormat();
  const { model } = useCollection();
  const rerankers = useOperation("knowledge.reranker.list", {}).data?.filter(({ fault }) => fault === "") ?? [];
  const [typed, setTyped] = useState(tested.q ?? "");
  const [filter, setFilter] = useState<Filter>(tested.filter ?? {});
  const [filtering, setFiltering] = useState(tested.filter !== undefined);
  const next: Tested = { ...tested, q: typed.trim(), filter };
  const conditions = Object.keys(filter).length;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() !== "") onGo(next);
  };
  return (
    <form className={finding.form} onSubmit={submit} aria-label={text.collection.tabs.test}>
      <div className={finding.box}>
        <Icon name="search" />
        <input
          type="search"
          aria-label={text.finding.query}
          placeholder={text.finding.placeholder}
          value={typed}
          maxLength={10_000}
          onChange={(event) => setTyped(event.target.value)}
        />
        <Button type="submit" look="primary" disabled={typed.trim() === ""} busy={busy}>
          {text.test.run}
        </Button>
      </div>
      <div className={finding.how}>
        <Modes
          chosen={tested.mode ?? "hybrid"}
          wordsOnly={model === null}
          onChoose={(mode) => {
            const { mode: _, ...others } = next;
            onGo(mode === "hybrid" ? others : { ...others, mode });
          }}
        />
        <span className={styles.pick}>
          {text.test.topK}
          <BareSelect
            label={text.test.topK}
            value={String(tested.k ?? USUAL_COUNT)}
            onChange={(event) => onGo({ ...next, k: Number(event.target.value) })}
            choices={COUNTS.map((count) => ({ value: String(count), label: format.number(count) }))}
          />
        </span>
        <span className={styles.pick}>
          {text.test.scan}
          <BareSelect
            label={text.test.scan}
            value={tested.scan ?? "auto"}
            onChange={(event) => {
              const { scan: _, ...others } = next;
              const scan = SCANS.find((one) => one === event.target.value);
              onGo(scan === undefined || scan === "auto" ? others : { ...others, scan });
            }}
            choices={SCANS.map((scan) => ({ value: scan, label: text.test.scans[scan] }))}
          />
        </span>
        {rerankers.length > 0 && (
          <span className={styles.pick}>
            {text.test.rerank}
            <BareSelect
              label={text.test.rerank}
              value={tested.rerank ?? ""}
              onChange={(event) => {
                const { rerank: _, ...others } = next;
                onGo(event.target.value === "" ? others : { ...others, rerank: event.target.value });
              }}
              choices={[
                { value: "", label: text.common.none },
                ...rerankers.map(({ name }) => ({ value: name, label: name === "model" ? text.test.byModel : name })),
              ]}
            />
          </span>
        )}
        <Button size="small" icon="settings" aria-expanded={filtering} onClick={() => setFiltering(!filtering)}>
          {conditions > 0 ? text.finding.filterCount(conditions) : text.finding.filter}
        </Button>
        {names.length > 1 && <span className={styles.soft}>{format.list(names)}</span>}
      </div>
      {filtering && <FilterBuilder filter={filter} onChange={setFilter} />}
    </form>
  );
}
