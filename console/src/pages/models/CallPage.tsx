/** One call of a model: what was asked and answered, how it went, and what people say of it. */
import { Link, useParams } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { type Fact, Facts } from "../../components/Facts.tsx";
import { TextField } from "../../components/Field.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Badge, Status } from "../../components/Status.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { callerOf, textsIn, toneOfCall } from "../../modules/models/calls.ts";
import styles from "./Models.module.css";

type Trace = OutputOf<"llm.trace">;

export default function CallPage() {
  const text = useText();
  const { request } = useParams({ from: "/signed-in/models/audit/$request" });
  const trace = useOperation("llm.trace", { request_id: request });
  return (
    <Page title={text.llmAudit.request(request)} about={<Link to="/models/audit">{text.llmAudit.back}</Link>}>
      {trace.error && !trace.data ? (
        <ErrorState error={trace.error} onRetry={() => void trace.refetch()} />
      ) : !trace.data ? (
        <Skeleton />
      ) : (
        <>
          <About trace={trace.data} />
          <Said title={text.llmAudit.prompt} said={trace.data.prompt === null ? null : textsIn(trace.data.prompt)} />
          <Said title={text.llmAudit.answer} said={trace.data.answer === null ? null : [trace.data.answer]} />
          <Feedback trace={trace.data} />
          <CommandLine command={commandOf("llm.trace", { request_id: request })} />
        </>
      )}
    </Page>
  );
}

function About({ trace }: { trace: Trace }) {
  const text = useText();
  const format = useFormat();
  const seconds = (value: number | null) => (value === null ? text.common.none : format.duration(value * 1000));
  const facts: readonly Fact[] = [
    {
      label: text.llmAudit.outcome,
      value: (
        <span className={styles.outcome}>
          <Status tone={toneOfCall(trace.outcome)}>{text.llmAudit.outcomes[trace.outcome] ?? trace.outcome}</Status>
          {trace.cache && <Badge tone="accent">{text.llmAudit.cached}</Badge>}
          {trace.error && <code>{trace.error}</code>}
        </span>
      ),
    },
    { label: text.llmAudit.time, value: <When time={trace.at} /> },
    { label: text.llmAudit.who, value: callerOf(trace) },
    { label: text.llmAudit.where, value: <code>{trace.site}</code> },
    { label: text.llmAudit.database, value: trace.database || text.common.none },
    { label: text.llmAudit.role, value: trace.role || text.common.none },
    { label: text.llmAudit.application, value: trace.application || text.common.none },
    { label: text.llmAudit.purpose, value: <code>{trace.purpose}</code> },
    { label: text.llmAudit.model, value: trace.model ?? trace.asked },
    { label: text.llmAudit.cost, value: format.money(trace.cost_usd) },
    {
      label: text.llmAudit.tokens,
      value: text.playground.tokens(format.number(trace.input_tokens), format.number(trace.output_tokens)),
    },
    { label: text.llmAudit.firstWord, value: seconds(trace.first_s) },
    { label: text.llmAudit.took, value: seconds(trace.seconds) },
    { label: text.llmAudit.redacted, value: text.llmAudit.redactions(trace.redacted) },
  ];
  return <Facts facts={facts} />;
}

function Said({ title, said }: { title: string; said: readonly string[] | null }) {
  const text = useText();
  return (
    <Section title={title}>
      {said === null ? (
        <p className={styles.soft}>{text.llmAudit.notKept}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={styles.said} aria-label={title} tabIndex={0}>
          {said.map((text, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the texts of one call have no other name
            <p key={at}>{text}</p>
          ))}
        </section>
      )}
    </Section>
  );
}

function Feedback({ trace }: { trace: Trace }) {
  const text = useText();
  const toasts = useToasts();
  const may = useMay();
  const sending = useFollow("llm.feedback");
  const [words, setWords] = useState("");
  const [rating, setRating] = useState<1 | -1 | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (rating === null || !(await sending.start({ request_id: trace.request_id, rating, text: words.trim() }))) return;
    toasts.show({ message: text.llmAudit.kept });
    setWords("");
    setRating(null);
  };
  return (
    <Section title={text.llmAudit.feedback} about={text.llmAudit.feedbackAbout}>
      {trace.feedback.length === 0 ? (
        <p className={styles.soft}>{text.llmAudit.noFeedback}</p>
      ) : (
        <ul className={styles.feedback}>
          {trace.feedback.map((one) => (
            <li key={one.at}>
              <Status tone={one.rating > 0 ? "good" : "bad"}>
                {one.rating > 0 ? text.llmAudit.good : text.llmAudit.bad}
              </Status>
              <span>{one.text}</span>
              <span className={styles.soft}>
                {one.who} · <When time={one.at} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {may("user") && (
        <form className={styles.form} onSubmit={(event) => void submit(event)}>
          <fieldset className={styles.rating}>
            <legend>{text.llmAudit.feedback}</legend>
            <Button icon="check" aria-pressed={rating === 1} onClick={() => setRating(1)}>
              {text.llmAudit.good}
            </Button>
            <Button icon="close" aria-pressed={rating === -1} onClick={() => setRating(-1)}>
              {text.llmAudit.bad}
            </Button>
          </fieldset>
          <TextField label={text.llmAudit.comment} value={words} onChange={(event) => setWords(event.target.value)} />
          <Button type="submit" busy={sending.running} disabled={rating === null}>
            {text.llmAudit.send}
          </Button>
        </form>
      )}
      {sending.error && <ErrorState error={sending.error} inline />}
    </Section>
  );
}
