/** What search finds for a query: the rank of each leg, how they were fused, how long it took, and why there is nothing. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useOperation } from "../../../api/hooks.ts";
import type { OutputOf } from "../../../api/operations.ts";
import { commandOf } from "../../../api/requests.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { Copyable } from "../../../components/Copyable.tsx";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { SelectField, TextField } from "../../../components/Field.tsx";
import { Progress } from "../../../components/Progress.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import { useWhere } from "../../../modules/branch/where.tsx";
import { searchStatement } from "../../../modules/models/statement.ts";
import styles from "./Database.module.css";
import { DatabasePage } from "./DatabasePage.tsx";
import { Unreached } from "./Unreached.tsx";

type Hit = OutputOf<"llm.search">["hits"][number];

const KS = [5, 10, 20, 50] as const;

export default function Retrieval() {
  const text = useText();
  return (
    <DatabasePage about={text.retrieval.about}>
      <Searching />
    </DatabasePage>
  );
}

function Searching() {
  const text = useText();
  const navigate = useNavigate();
  const { ref } = useWhere();
  const { vectorizer, q = "" } = useSearch({ from: "/signed-in/projects/$ref/models/retrieval" });
  const vectorizers = useOperation("llm.vectorizer.list", { ref });
  const [typed, setTyped] = useState(q);
  const [k, setK] = useState<number>(10);
  const names = vectorizers.data?.map(({ name }) => name) ?? [];
  const chosen = names.find((name) => name === vectorizer) ?? names[0] ?? "";
  const input = { ref, vectorizer: chosen, query: q, k };
  const found = useOperation("llm.search", input, { enabled: q !== "" && chosen !== "" });
  if (vectorizers.error && !vectorizers.data) {
    return <Unreached error={vectorizers.error} onRetry={() => void vectorizers.refetch()} />;
  }
  if (!vectorizers.data) return <Skeleton />;
  if (names.length === 0) {
    return (
      <EmptyState
        icon="search"
        title={text.retrieval.needsVectorizer}
        action={
          <Link to="/projects/$ref/models/vectorizers" params={{ ref }}>
            {text.retrieval.toVectorizers}
          </Link>
        }
      >
        {text.retrieval.needsVectorizerAbout}
      </EmptyState>
    );
  }
  const go = (there: { vectorizer: string; q: string }) =>
    void navigate({
      to: "/projects/$ref/models/retrieval",
      params: { ref },
      search: { vectorizer: there.vectorizer, ...(there.q === "" ? {} : { q: there.q }) },
      replace: true,
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    go({ vectorizer: chosen, q: typed.trim() });
  };
  return (
    <>
      <form className={styles.form} onSubmit={submit}>
        <SelectField
          label={text.retrieval.vectorizer}
          value={chosen}
          onChange={(event) => go({ vectorizer: event.target.value, q })}
          choices={names.map((name) => ({ value: name, label: name }))}
        />
        <TextField
          label={text.retrieval.query}
          type="search"
          placeholder={text.retrieval.placeholder}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoFocus
        />
        <SelectField
          label={text.retrieval.k}
          value={String(k)}
          onChange={(event) => setK(Number(event.target.value))}
          choices={KS.map((each) => ({ value: String(each), label: String(each) }))}
        />
        <Button type="submit" look="primary" icon="search" busy={found.isFetching} disabled={typed.trim() === ""}>
          {text.retrieval.search}
        </Button>
      </form>
      {found.isFetching && <Progress step={null} label={text.retrieval.searching} />}
      {found.error && <ErrorState error={found.error} inline onRetry={() => void found.refetch()} />}
      {q === "" ? (
        <EmptyState icon="search" title={text.retrieval.empty}>
          {text.retrieval.emptyAbout}
        </EmptyState>
      ) : (
        found.data && <Found found={found.data} />
      )}
      {q !== "" && (
        <>
          <Copyable value={searchStatement(chosen, q, k)} label={text.retrieval.asSql} />
          <CommandLine command={commandOf("llm.search", input)} />
        </>
      )}
    </>
  );
}

function Found({ found }: { found: OutputOf<"llm.search"> }) {
  const text = useText();
  const format = useFormat();
  return (
    <>
      <p className={styles.timings} role="status">
        <span>{text.retrieval.found(found.hits.length)}</span>
        <span>
          {text.retrieval.embed} {format.duration(found.embed_s * 1000)}
        </span>
        <span>
          {text.retrieval.total} {format.duration(found.seconds * 1000)}
        </span>
      </p>
      {found.hits.length === 0 ? (
        <EmptyState icon="search" title={text.retrieval.none}>
          {found.nothing && text.retrieval.why[found.nothing]}
        </EmptyState>
      ) : (
        <ol className={styles.hits} aria-label={text.retrieval.search}>
          {found.hits.map((hit, place) => (
            <HitCard key={`${JSON.stringify(hit.key)} ${hit.seq}`} hit={hit} place={place + 1} />
          ))}
        </ol>
      )}
    </>
  );
}

function HitCard({ hit, place }: { hit: Hit; place: number }) {
  const text = useText();
  const format = useFormat();
  const rank = (value: number | null, score: number | null) =>
    value === null ? (
      <dd className={styles.missing}>{text.retrieval.notFound}</dd>
    ) : (
      <dd>
        {text.retrieval.rank(format.number(value))}
        {score !== null && ` (${format.number(score)})`}
      </dd>
    );
  return (
    <li className={styles.hit}>
      <span className={styles.place}>{place}</span>
      <p className={styles.chunk}>{hit.chunk}</p>
      <dl className={styles.legs}>
        <dt>{text.retrieval.row}</dt>
        <dd>
          <code>{JSON.stringify(hit.key)}</code>
        </dd>
        <dt>{text.retrieval.byMeaning}</dt>
        {rank(hit.vector_rank, hit.distance)}
        <dt>{text.retrieval.byWords}</dt>
        {rank(hit.text_rank, hit.text_score)}
        <dt>{text.retrieval.score}</dt>
        <dd>{hit.score.toFixed(4)}</dd>
      </dl>
    </li>
  );
}
