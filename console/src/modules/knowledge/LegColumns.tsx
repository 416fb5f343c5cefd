/** The two ways side by side with what they make together between them, and lines that show who moved where. */
import { classes } from "../../components/classes.ts";
import { useFormat, useText } from "../../i18n/text.tsx";
import type { Mode } from "./asked.ts";
import styles from "./LegColumns.module.css";
import { type Explanation, type Legs, type Line, linesOf, type Row } from "./legs.ts";

const LOOKS = { meaning: styles.byMeaning, together: styles.middle, words: styles.byWords } as const;
const ROW_PX = 44;
const GAP_PX = 56;

interface Props {
  readonly legs: Legs;
  readonly mode: Mode;
  /** Where a reranker moved passages from, none where none was asked. */
  readonly ranks: NonNullable<Explanation["reranked"]>["ranks"];
  readonly chosen: number | null;
  readonly onChoose: (passage: number) => void;
}

export function LegColumns({ legs, mode, ranks, chosen, onChoose }: Props) {
  const text = useText();
  const format = useFormat();
  const { meaning, words, together } = legs;
  const places = new Map(together.map(({ passage, rank }) => [passage.id, rank]));
  const before = new Map(ranks.map((one) => [one.id, one.before]));
  const height = Math.max(meaning.length, words.length, together.length) * ROW_PX;
  const column = (rows: readonly Row[], leg: keyof Legs, title: string, about: string, digits: number) => (
    <section className={classes(styles.column, LOOKS[leg])} aria-label={title}>
      <header className={styles.head}>
        <h3>{title}</h3>
        <p>{about}</p>
      </header>
      {rows.length === 0 && (
        <p className={styles.none}>{isAsked(leg, mode) ? text.finding.none : text.test.notAsked}</p>
      )}
      <ol>
        {rows.map(({ passage, rank, score }) => (
          <li key={passage.id}>
            <button
              type="button"
              className={styles.row}
              aria-pressed={passage.id === chosen}
              onClick={() => onChoose(passage.id)}
            >
              <span className={styles.rank}>{format.number(rank)}</span>
              <span className={styles.words} title={passage.document}>
                <span className={styles.document}>{passage.document}</span>
                <span className={styles.where}>
                  <span>
                    {passage.page === null
                      ? text.test.passage(format.number(passage.position))
                      : text.reader.page(format.number(passage.page))}
                  </span>
                  {leg === "together" && before.has(passage.id) && before.get(passage.id) !== rank && (
                    <span>{text.test.was(format.number(before.get(passage.id) ?? rank))}</span>
                  )}
                  <span>
                    <span className="visually-hidden">{text.test.score} </span>
                    {score?.toFixed(digits)}
                  </span>
                </span>
              </span>
              {leg !== "together" && <Place place={places.get(passage.id)} />}
              {leg === "together" && <Ranks meaning={passage.vector_rank} words={passage.text_rank} />}
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
  return (
    <div className={styles.columns}>
      {column(meaning, "meaning", text.test.byMeaning, text.test.meaningAbout, 3)}
      <Lines lines={linesOf(meaning, together)} chosen={chosen} height={height} leg="meaning" />
      {column(
        together,
        "together",
        text.test.together,
        ranks.length > 0 ? text.test.rerankedAbout : text.test.togetherAbout,
        4,
      )}
      <Lines lines={linesOf(words, together)} chosen={chosen} height={height} leg="words" />
      {column(words, "words", text.test.byWords, text.test.wordsAbout, 2)}
    </div>
  );
}

function isAsked(leg: keyof Legs, mode: Mode): boolean {
  return mode === "hybrid" || leg === "together" || (leg === "meaning") === (mode === "vector");
}

/** Where a passage of one way came out; a dash for one that did not come through. */
function Place({ place }: { place: number | undefined }) {
  const text = useText();
  const format = useFormat();
  const said = place === undefined ? text.test.placeNone : text.test.place(format.number(place));
  return (
    <span className={classes(styles.went, place === undefined && styles.lost)} title={said}>
      <span aria-hidden="true">{place === undefined ? "–" : `→ ${place}`}</span>
      <span className="visually-hidden">{said}</span>
    </span>
  );
}

function Ranks({ meaning, words }: { meaning: number | null; words: number | null }) {
  const text = useText();
  const format = useFormat();
  const said = (title: string, rank: number | null) =>
    `${title}: ${rank === null ? text.test.notThere : text.test.rank(format.number(rank))}`;
  return (
    <span className={styles.ranks}>
      {(
        [
          ["meaning", text.test.byMeaning, meaning],
          ["words", text.test.byWords, words],
        ] as const
      ).map(([leg, title, rank]) => (
        <span
          key={leg}
          className={classes(styles.chip, rank === null ? styles.lost : LOOKS[leg])}
          title={said(title, rank)}
        >
          <span aria-hidden="true">{rank === null ? "–" : format.number(rank)}</span>
          <span className="visually-hidden">{said(title, rank)}</span>
        </span>
      ))}
    </span>
  );
}

interface LinesProps {
  readonly lines: readonly Line[];
  readonly chosen: number | null;
  readonly height: number;
  readonly leg: "meaning" | "words";
}

/** What they show is said in each row too. */
function Lines({ lines, chosen, height, leg }: LinesProps) {
  const middle = (row: number) => row * ROW_PX + ROW_PX / 2;
  const path = ({ from, to }: Line) => {
    const [left, right] = leg === "meaning" ? [from, to] : [to, from];
    return `M0 ${middle(left)}C${GAP_PX / 2} ${middle(left)} ${GAP_PX / 2} ${middle(right)} ${GAP_PX} ${middle(right)}`;
  };
  const ordered = [...lines].sort((one, other) => Number(one.id === chosen) - Number(other.id === chosen));
  return (
    <svg
      className={classes(styles.lines, LOOKS[leg])}
      width={GAP_PX}
      height={height}
      viewBox={`0 0 ${GAP_PX} ${height}`}
      aria-hidden="true"
    >
      {ordered.map((line) => (
        <path key={line.id} d={path(line)} className={line.id === chosen ? styles.lit : undefined} />
      ))}
    </svg>
  );
}
