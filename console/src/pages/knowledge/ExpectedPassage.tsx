/** Where the passage is that somebody expected: in each way, however far down, and why it did not come through. */
import { type FormEvent, useDeferredValue, useId, useState } from "react";
import { Button } from "../../components/Button.tsx";
import { TextField } from "../../components/Field.tsx";
import { Section } from "../../components/Page.tsx";
import { Status } from "../../components/Status.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import type { Tested } from "../../modules/knowledge/asked.ts";
import { type Because, becauseOf, type Expected, type Explanation, wordsIn } from "../../modules/knowledge/legs.ts";
import { PassageLink, useCite } from "../../modules/knowledge/PassageLink.tsx";
import { Headings, PassageText } from "../../modules/knowledge/PassageText.tsx";
import { useDocuments } from "../../modules/knowledge/useDocuments.ts";
import { useCollection } from "./collection.tsx";
import styles from "./RetrievalTest.module.css";

interface Props {
  readonly tested: Tested;
  readonly names: readonly string[];
  readonly count: number;
  readonly explain: Explanation | null;
  readonly onGo: (tested: Tested) => void;
}

export function ExpectedPassage({ tested, count, explain, onGo }: Props) {
  const text = useText();
  const listId = useId();
  const { name } = useCollection();
  const [document, setDocument] = useState(tested.expected ?? "");
  const [position, setPosition] = useState(tested.position === undefined ? "" : String(tested.position));
  const { documents } = useDocuments(name, useDeferredValue(document.trim()));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { expected: _, position: __, ...others } = tested;
    const wanted = document.trim();
    onGo(wanted === "" ? others : { ...others, expected: wanted, ...(position ? { position: Number(position) } : {}) });
  };
  return (
    <Section title={text.test.expectTitle} about={text.test.expectAbout}>
      <form className={styles.expect} onSubmit={submit}>
        <TextField
          label={text.test.expectDocument}
          list={listId}
          value={document}
          onChange={(event) => setDocument(event.target.value)}
          placeholder={documents?.[0]?.name}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <datalist id={listId}>
          {documents?.slice(0, 20).map((one) => (
            <option key={one.name} value={one.name} />
          ))}
        </datalist>
        <TextField
          label={text.test.expectPassage}
          type="number"
          min={1}
          placeholder={text.test.expectAny}
          value={position}
          onChange={(event) => setPosition(event.target.value)}
        />
        <Button type="submit" disabled={document.trim() === "" && tested.expected === undefined}>
          {text.test.look}
        </Button>
      </form>
      {explain && tested.expected !== undefined && (
        <ol className={styles.found} aria-label={text.test.expectTitle}>
          {rerankedIn(explain).map((one) => (
            <Line key={one.record.id} expected={one} explain={explain} count={count} query={tested.q ?? ""} />
          ))}
        </ol>
      )}
    </Section>
  );
}

/** At the places that a reranker gave them, where one did. */
function rerankedIn({ expected, reranked }: Explanation): Expected[] {
  const places = new Map(reranked?.ranks.map(({ id, after }) => [id, after]));
  return expected.map((one) => ({ ...one, place: places.get(one.record.id) ?? one.place }));
}

const LOOKED_AT = 1000; // how far down the daemon looks

interface LineProps {
  readonly expected: Expected;
  readonly explain: Explanation;
  readonly count: number;
  readonly query: string;
}

function Line({ expected, explain, count, query }: LineProps) {
  const text = useText();
  const format = useFormat();
  const cite = useCite();
  const { record, place } = expected;
  const because = becauseOf(expected, explain, count);
  const { holds, lacks } = wordsIn(
    record,
    explain.words.map(({ word }) => word),
  );
  const far = text.test.beyond(format.number(LOOKED_AT));
  const rank = (value: number | null) => (value === null ? null : text.test.rank(format.number(value)));
  const similarity = record.similarity_score;
  return (
    <li className={styles.line}>
      <div className={styles.reason}>
        <Status tone={because === "found" ? "good" : because === "below" ? "wait" : "bad"}>
          {saidOf(because, place, explain, count, text.test.because, format.number)}
        </Status>
        <PassageLink passage={record} query={query} className={styles.citation}>
          {cite(record)}
        </PassageLink>
      </div>
      <dl className={styles.legs}>
        {explain.mode !== "text" && (
          <div>
            <dt>{text.test.byMeaning}</dt>
            <dd>
              {expected.kept_out ? "–" : (rank(record.vector_rank) ?? far)}
              {similarity !== null && ` · ${text.finding.similarity} ${similarity.toFixed(3)}`}
            </dd>
          </div>
        )}
        {explain.mode !== "vector" && (
          <div>
            <dt>{text.test.byWords}</dt>
            <dd>
              {expected.kept_out ? "–" : (rank(record.text_rank) ?? (holds.length > 0 ? far : text.test.notThere))}
              {record.text_score !== null && ` · ${text.test.score} ${record.text_score.toFixed(2)}`}
            </dd>
          </div>
        )}
        {explain.mode !== "vector" && holds.length > 0 && (
          <div>
            <dt>{text.test.holds}</dt>
            <dd>{holds.join(", ")}</dd>
          </div>
        )}
        {explain.mode !== "vector" && lacks.length > 0 && (
          <div>
            <dt>{text.test.lacking}</dt>
            <dd>{lacks.join(", ")}</dd>
          </div>
        )}
      </dl>
      <div className={styles.text}>
        <Headings context={record.context} />
        <PassageText text={record.passage} query={query} short />
      </div>
    </li>
  );
}

interface Sentences {
  filtered: string;
  found: (place: string) => string;
  below: (place: string, wanted: string) => string;
  deep: (depth: string) => string;
  noWords: string;
  meaning: string;
}

function saidOf(
  because: Because,
  place: number | null,
  explain: Explanation,
  count: number,
  words: Sentences,
  number: (value: number) => string,
): string {
  switch (because) {
    case "found":
      return words.found(number(place ?? 0));
    case "below":
      return words.below(number(place ?? 0), number(count));
    case "deep":
      return words.deep(number(explain.depth));
    default:
      return words[because];
  }
}
