/** One model's answer as it comes: its words, and below them tokens, times and cost. */
import { Link } from "@tanstack/react-router";
import { CopyButton } from "../../components/Copyable.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Badge, Status, type Tone } from "../../components/Status.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./AnswerCard.module.css";
import type { Answer, AnswerState } from "./answers.ts";
import type { Reply } from "./useAnswers.ts";

const TONES: Readonly<Record<AnswerState, Tone>> = {
  waiting: "wait",
  streaming: "wait",
  done: "good",
  failed: "bad",
  cancelled: "still",
};

export function AnswerCard({ model, answer }: { model: string; answer: Answer<Reply> }) {
  const text = useText();
  const under = answer.state === "waiting" || answer.state === "streaming";
  return (
    <article className={styles.card} aria-label={text.playground.answer(model)} aria-busy={under}>
      <header className={styles.head}>
        <h3>{model}</h3>
        <Status tone={TONES[answer.state]}>{text.playground.states[answer.state]}</Status>
        {answer.reply?.cached && <Badge tone="accent">{text.playground.fromCache}</Badge>}
        <span className={styles.grow} />
        {answer.text !== "" && <CopyButton value={answer.text} label={text.playground.answer(model)} />}
      </header>
      {answer.text !== "" && (
        <div className={styles.text} data-streaming={under || undefined}>
          {answer.text}
        </div>
      )}
      {answer.error && <ErrorState error={answer.error} inline />}
      {(answer.reply || answer.tookMs !== null) && <Took answer={answer} model={model} />}
    </article>
  );
}

function Took({ answer, model }: { answer: Answer<Reply>; model: string }) {
  const text = useText();
  const format = useFormat();
  const { reply, firstMs, tookMs } = answer;
  return (
    <footer className={styles.foot} role="status">
      {reply && (
        <span>{text.playground.tokens(format.number(reply.input_tokens), format.number(reply.output_tokens))}</span>
      )}
      {firstMs !== null && <span>{text.playground.firstAfter(format.duration(firstMs))}</span>}
      {tookMs !== null && <span>{text.playground.inAll(format.duration(tookMs))}</span>}
      {reply && <span>{text.playground.cost(format.money(reply.cost_usd))}</span>}
      {reply?.finish === "length" && <span className={styles.cut}>{text.playground.cutOff}</span>}
      {reply && reply.model !== model && <span>{text.playground.by(reply.model)}</span>}
      {reply && (
        <Link to="/models/audit/$request" params={{ request: reply.request_id }}>
          {text.playground.trace}
        </Link>
      )}
    </footer>
  );
}
