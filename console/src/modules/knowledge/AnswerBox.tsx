/** An answer as it comes, with citations that lead to their passages; or that the passages do not hold it. */
import { Link } from "@tanstack/react-router";
import { type ReactNode, useId } from "react";
import { Button, IconButton } from "../../components/Button.tsx";
import { CopyButton } from "../../components/Copyable.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import type { Answer } from "../models/answers.ts";
import styles from "./AnswerBox.module.css";
import { citedIn } from "./cited.ts";
import { type Passage, PassageLink, useCite } from "./PassageLink.tsx";
import type { Answered, Answering } from "./useAnswer.ts";

interface Props {
  readonly answering: Answering;
  readonly question: string;
  /** Leads to what was found, where that was not enough. */
  readonly test: ReactNode;
}

export function AnswerBox({ answering, question, test }: Props) {
  const text = useText();
  const titleId = useId();
  const { answer, running } = answering;
  if (answer === null) return null;
  const notHeld = answer.reply?.held === false;
  return (
    <section className={styles.box} aria-labelledby={titleId} aria-busy={running}>
      <header className={styles.head}>
        <h2 id={titleId}>{text.answering.title}</h2>
        {answer.reply && <From answer={answer} reply={answer.reply} />}
        <span className={styles.grow} />
        {running ? (
          <Button size="small" icon="stop" onClick={answering.stop}>
            {text.answering.stop}
          </Button>
        ) : (
          <>
            {answer.text !== "" && <CopyButton value={answer.text} label={text.answering.title} />}
            <IconButton icon="close" size="small" label={text.answering.close} onClick={answering.clear} />
          </>
        )}
      </header>
      {answer.state === "waiting" && (
        <p className={styles.soft} role="status">
          {text.answering.under}
        </p>
      )}
      {notHeld ? (
        <NotHeld test={test} />
      ) : (
        answer.text !== "" && (
          <p className={styles.text} data-streaming={running || undefined}>
            <Cited said={answer.text} citations={answer.reply?.citations ?? {}} question={question} />
          </p>
        )
      )}
      {answer.state === "cancelled" && <p className={styles.soft}>{text.answering.stopped}</p>}
      {answer.error && <ErrorState error={answer.error} inline />}
      {answer.reply && !notHeld && <Sources citations={answer.reply.citations} question={question} />}
    </section>
  );
}

function From({ answer, reply }: { answer: Answer<Answered>; reply: Answered }) {
  const text = useText();
  const format = useFormat();
  return (
    <span className={styles.from}>
      {reply.model && <span>{text.answering.by(reply.model)}</span>}
      {reply.passages > 0 && <span>{text.answering.from(reply.passages)}</span>}
      {answer.tookMs !== null && <span>{format.duration(answer.tookMs)}</span>}
      {reply.request_id && (
        <Link to="/models/audit/$request" params={{ request: reply.request_id }}>
          {text.answering.trace}
        </Link>
      )}
    </span>
  );
}

function NotHeld({ test }: { test: ReactNode }) {
  const text = useText();
  return (
    <div className={styles.notHeld} role="status">
      <Icon name="info" />
      <div>
        <p className={styles.strong}>{text.answering.notHeld}</p>
        <p>
          {text.answering.notHeldAbout} {test}
        </p>
      </div>
    </div>
  );
}

interface CitedProps {
  readonly said: string;
  readonly citations: Readonly<Record<string, Passage>>;
  readonly question: string;
}

/** Numbers become links once it is known which passages they stand for. */
function Cited({ said, citations, question }: CitedProps) {
  const text = useText();
  const cite = useCite();
  return citedIn(said).map((piece, place) => {
    if ("text" in piece) return piece.text;
    const passage = citations[piece.cites];
    if (!passage) return `[${piece.cites}]`;
    return (
      <PassageLink
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one answer have no other name
        key={place}
        passage={passage}
        query={question}
        className={styles.cite}
        label={text.answering.cite(String(piece.cites), cite(passage))}
      >
        {piece.cites}
      </PassageLink>
    );
  });
}

function Sources({ citations, question }: Omit<CitedProps, "said">) {
  const text = useText();
  const cite = useCite();
  const cited = Object.entries(citations);
  if (cited.length === 0) return null;
  return (
    <ol className={styles.sources} aria-label={text.answering.cited}>
      {cited.map(([number, passage]) => (
        <li key={number}>
          <span className={styles.number}>{number}</span>
          <PassageLink passage={passage} query={question}>
            {cite(passage)}
          </PassageLink>
        </li>
      ))}
    </ol>
  );
}
