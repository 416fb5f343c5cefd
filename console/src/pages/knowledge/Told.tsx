/** What a search tells of itself: times, words, why there is nothing, and the ways side by side. */
import { useState } from "react";
import { Button } from "../../components/Button.tsx";
import { classes } from "../../components/classes.ts";
import { Icon } from "../../components/Icon.tsx";
import { Section } from "../../components/Page.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import type { Tested } from "../../modules/knowledge/asked.ts";
import { LegColumns } from "../../modules/knowledge/LegColumns.tsx";
import { type Explanation, type Found, legsOf } from "../../modules/knowledge/legs.ts";
import { PassageLink, useCite } from "../../modules/knowledge/PassageLink.tsx";
import { Headings, PassageText } from "../../modules/knowledge/PassageText.tsx";
import styles from "./RetrievalTest.module.css";

interface Props {
  readonly found: Found;
  readonly explain: Explanation;
  readonly query: string;
  readonly count: number;
  readonly tested: Tested;
  readonly onGo: (tested: Tested) => void;
}

export function Told({ found, explain, query, count, tested, onGo }: Props) {
  const text = useText();
  const cite = useCite();
  const [chosen, setChosen] = useState<number | null>(null);
  const legs = legsOf(found, count);
  const all = [...found.records, ...explain.others];
  const shown = all.find(({ id }) => id === chosen) ?? found.records[0];
  return (
    <>
      <Measures explain={explain} />
      {found.note !== null && (
        <p className={styles.nothing} role="status">
          <Icon name="warning" /> {found.note}
        </p>
      )}
      <Nothing explain={explain} tested={tested} onGo={onGo} />
      {all.length > 0 && (
        <LegColumns
          legs={legs}
          mode={explain.mode}
          ranks={explain.reranked?.ranks ?? []}
          chosen={shown?.id ?? null}
          onChoose={setChosen}
        />
      )}
      {shown && (
        <section className={styles.shown} aria-live="polite" aria-label={cite(shown)}>
          <header>
            <PassageLink passage={shown} query={query} className={styles.citation}>
              {cite(shown)}
            </PassageLink>
            {found.records.length > 1 && <span className={styles.soft}>{text.test.lines}</span>}
          </header>
          <Headings context={shown.context} />
          <PassageText text={shown.passage} query={query} />
        </section>
      )}
    </>
  );
}

const STEPS = ["embed", "vector", "text", "rest"] as const;

function Measures({ explain }: { explain: Explanation }) {
  const text = useText();
  const format = useFormat();
  const { embed_s: embed, vector_s: vector, text_s: words, total_s: total } = explain.timing;
  const seconds = { embed, vector, text: words, rest: Math.max(0, total - embed - vector - words) };
  const steps = STEPS.filter((step) => step === "rest" || seconds[step] > 0);
  const { recall } = explain;
  return (
    <Section title={text.test.times}>
      <div className={styles.times}>
        <div className={styles.bar} aria-hidden="true">
          {steps.map((step) => (
            <span key={step} className={styles[step]} style={{ flexGrow: 1000 * seconds[step] }} />
          ))}
        </div>
        <dl className={styles.steps}>
          {steps.map((step) => (
            <div key={step}>
              <dt className={classes(styles.step, styles[step])}>{text.test.steps[step]}</dt>
              <dd>{format.milliseconds(seconds[step] * 1000)}</dd>
            </div>
          ))}
          <div>
            <dt>{text.test.total}</dt>
            <dd>{format.milliseconds(total * 1000)}</dd>
          </div>
        </dl>
        <p className={styles.facts}>
          <span>{text.test.passages(format.number(explain.passages))}</span>
          {explain.mode !== "text" && <span>{explain.coarse ? text.test.coarse : text.test.exact}</span>}
          {explain.coarse && (
            <span>
              {recall
                ? text.test.recall(format.percent(recall.share), format.number(recall.samples))
                : text.test.recallNone}
            </span>
          )}
          {explain.reranked && explain.reranked.ranks.length > 0 && (
            <span>{text.test.reranked(explain.reranked.name, format.duration(explain.reranked.seconds * 1000))}</span>
          )}
          <span>{text.test.depth(format.number(explain.depth))}</span>
        </p>
        {explain.mode !== "vector" && <Words words={explain.words} />}
      </div>
    </Section>
  );
}

function Words({ words }: { words: Explanation["words"] }) {
  const text = useText();
  return (
    <p className={styles.words}>
      <span>{text.test.words}</span>
      {words.length === 0 && <span>{text.test.wordsNone}</span>}
      {words.map(({ word, found }) => (
        <span key={word} className={classes(styles.word, !found && styles.absent)}>
          {word}
          {!found && <span className={styles.why}> {text.test.wordsAbsent}</span>}
        </span>
      ))}
      <span className={styles.soft}>{text.test.leftOut}</span>
    </p>
  );
}

/** Why there is nothing, or nothing by words, and what to do next. */
function Nothing({ explain, tested, onGo }: Pick<Props, "explain" | "tested" | "onGo">) {
  const text = useText();
  const { nothing, mode } = explain;
  const noWords = mode !== "vector" && explain.text_found === 0;
  if (nothing === null && !noWords) return null;
  const { filter, mode: _, ...others } = tested;
  return (
    <div className={styles.nothing} role="status">
      <Icon name="info" />
      <div>
        <p className={styles.strong}>{nothing === null ? text.test.nothingInWords : text.test.nothingTitle}</p>
        <p>{nothing === null ? text.test.nothingInWordsAbout : text.finding.why[nothing]}</p>
      </div>
      {nothing === "filter" && filter && (
        <Button size="small" onClick={() => onGo({ ...others, ...(tested.mode ? { mode: tested.mode } : {}) })}>
          {text.test.withoutFilter}
        </Button>
      )}
      {nothing === "words" && (
        <Button size="small" onClick={() => onGo({ ...others, ...(filter ? { filter } : {}) })}>
          {text.test.byBoth}
        </Button>
      )}
    </div>
  );
}
