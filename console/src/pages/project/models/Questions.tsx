/** A question in words: the SQL that it became, what that means, how far candidates agree, the rows and a chart. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useMemo, useState } from "react";
import type { ApiError } from "../../../api/errors.ts";
import { useFollow } from "../../../api/hooks.ts";
import type { OutputOf } from "../../../api/operations.ts";
import { commandOf } from "../../../api/requests.ts";
import { useMay } from "../../../api/session.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { Copyable, CopyButton } from "../../../components/Copyable.tsx";
import { classes } from "../../../components/classes.ts";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { SelectField, TextField } from "../../../components/Field.tsx";
import { Icon } from "../../../components/Icon.tsx";
import { Section } from "../../../components/Page.tsx";
import { Progress } from "../../../components/Progress.tsx";
import { Badge, Status } from "../../../components/Status.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { useText } from "../../../i18n/text.tsx";
import { useWhere } from "../../../modules/branch/where.tsx";
import type { Cell } from "../../../modules/data/cell.ts";
import { Grid } from "../../../modules/data/Grid.tsx";
import { keepDraft } from "../../../modules/data/SqlPage.tsx";
import { BarChart } from "../../../modules/models/BarChart.tsx";
import { barsOf } from "../../../modules/models/bars.ts";
import { askStatement } from "../../../modules/models/statement.ts";
import styles from "./Database.module.css";
import { DatabasePage, useModels } from "./DatabasePage.tsx";
import { Unreached } from "./Unreached.tsx";

type Answer = OutputOf<"ask.database">;

const COUNTS = [1, 3, 5] as const;

export default function Questions() {
  const text = useText();
  return (
    <DatabasePage about={text.questions.about}>
      <Asking />
    </DatabasePage>
  );
}

function Asking() {
  const text = useText();
  const navigate = useNavigate();
  const { ref, writable } = useWhere();
  const { q = "" } = useSearch({ from: "/signed-in/projects/$ref/models" });
  const models = useModels("chat");
  const asking = useFollow("ask.database");
  const [question, setQuestion] = useState(q);
  const [asked, setAsked] = useState("");
  const [model, setModel] = useState("");
  const [count, setCount] = useState(1);
  const input = {
    ref,
    question: question.trim(),
    ...(model === "" ? {} : { model }),
    ...(count === 1 ? {} : { candidates: count }),
  };
  const ask = (event: FormEvent) => {
    event.preventDefault();
    if (input.question === "") return;
    setAsked(input.question);
    void navigate({ to: ".", search: (now) => ({ ...now, q: input.question }) as never, replace: true });
    void asking.start(input);
  };
  if (models?.length === 0) {
    return (
      <EmptyState
        icon="models"
        title={text.playground.noModels}
        action={<Link to="/models">{text.playground.toModels}</Link>}
      >
        {text.questions.noModelAbout}
      </EmptyState>
    );
  }
  return (
    <>
      <form className={classes(styles.form, styles.question)} onSubmit={ask}>
        <TextField
          label={text.questions.question}
          placeholder={text.questions.placeholder}
          value={question}
          onChange={(event) => setQuestion(event.target.value)}
          readOnly={!writable}
          autoFocus
        />
        {models !== null && models.length > 1 && (
          <SelectField
            label={text.questions.model}
            value={model}
            onChange={(event) => setModel(event.target.value)}
            choices={[
              { value: "", label: text.questions.byDefault },
              ...models.map(({ name }) => ({ value: name, label: name })),
            ]}
          />
        )}
        <SelectField
          label={text.questions.candidates}
          value={String(count)}
          onChange={(event) => setCount(Number(event.target.value))}
          choices={COUNTS.map((each) => ({ value: String(each), label: String(each) }))}
        />
        {asking.running ? (
          <Button icon="stop" onClick={asking.stop}>
            {text.common.cancel}
          </Button>
        ) : (
          <Button type="submit" look="primary" icon="play" disabled={input.question === "" || !writable}>
            {text.questions.ask}
          </Button>
        )}
      </form>
      {asking.running && <Progress step={asking.step} label={text.questions.asking} />}
      {asking.error && <Refused error={asking.error} />}
      {asking.result && !asking.running && <Answered question={asked} answer={asking.result} />}
      {!asking.result && !asking.running && !asking.error && (
        <EmptyState icon="search" title={text.questions.empty}>
          <p>{text.questions.emptyAbout}</p>
          <Copyable value={askStatement(text.questions.placeholder)} label="SQL" />
        </EmptyState>
      )}
      {input.question !== "" && <CommandLine command={commandOf("ask.database", input)} />}
    </>
  );
}

/** What went wrong; a question that is open is no failure, and asks back. */
function Refused({ error }: { error: ApiError }) {
  const text = useText();
  if (error.code !== "ambiguous-question") return <Unreached error={error} inline />;
  return (
    <div className={styles.open} role="alert">
      <Icon name="info" />
      <div>
        <p>{error.message}</p>
        <p className={styles.soft}>{text.questions.clarify}</p>
      </div>
    </div>
  );
}

function Answered({ question, answer }: { question: string; answer: Answer }) {
  const text = useText();
  const rows = useMemo(
    () => answer.rows.map((row) => answer.columns.map((column) => (row[column] ?? null) as Cell)),
    [answer.rows, answer.columns],
  );
  const columns = useMemo(() => answer.columns.map((name) => ({ name })), [answer.columns]);
  const chart = useMemo(() => barsOf(answer.columns, rows), [answer.columns, rows]);
  return (
    <div className={styles.answer}>
      <Section title={text.questions.rows} about={<Counted answer={answer} />}>
        {rows.length === 0 ? (
          <p className={styles.soft}>{text.questions.noRows}</p>
        ) : (
          <div className={styles.rows} style={{ height: `${Math.min(12, rows.length + 1.5) * 28}px` }}>
            <Grid label={text.questions.rows} columns={columns} rows={rows} />
          </div>
        )}
      </Section>
      {chart && (
        <Section title={text.questions.chart}>
          <BarChart label={text.questions.chart} bars={chart} />
        </Section>
      )}
      <Section
        title={text.questions.sql}
        actions={
          <>
            <OpenInEditor sql={answer.sql} />
            <Learn question={question} sql={answer.sql} />
          </>
        }
      >
        <Statement sql={answer.sql} />
        {answer.explanation && <p>{answer.explanation}</p>}
      </Section>
      {answer.learned.length > 0 && (
        <Section title={text.questions.shown} about={text.questions.shownAbout}>
          <ul className={styles.stack}>
            {answer.learned.map((one) => (
              <li key={one.id} className={styles.soft}>
                {one.said} {one.sql !== null && <code>{one.sql}</code>}
              </li>
            ))}
          </ul>
        </Section>
      )}
      {answer.candidates.length > 1 && (
        <Section
          title={
            answer.agreement === null
              ? text.questions.candidates
              : `${text.questions.candidates}: ${text.questions.agreement(answer.agreement)}`
          }
          about={text.questions.candidatesAbout}
        >
          <ul className={styles.stack}>
            {[...Map.groupBy(answer.candidates, (one) => one.sql).values()].map(([one, ...same]) =>
              one === undefined ? null : (
                <li key={one.sql} className={styles.stack}>
                  <span className={styles.buttons}>
                    {one.sql === answer.sql && <Badge tone="accent">{text.questions.chosen}</Badge>}
                    {one.error === null ? (
                      <Status tone="good">{text.questions.rowsCount(one.rows ?? 0)}</Status>
                    ) : (
                      <Status tone="bad">{one.error}</Status>
                    )}
                    {same.length > 0 && <span className={styles.soft}>{text.questions.times(same.length + 1)}</span>}
                  </span>
                  {one.sql !== answer.sql && <Statement sql={one.sql} />}
                </li>
              ),
            )}
          </ul>
        </Section>
      )}
    </div>
  );
}

function Counted({ answer }: { answer: Answer }) {
  const text = useText();
  return (
    <span role="status">
      {text.questions.rowsCount(answer.rows.length)}
      {answer.more && `, ${text.questions.cut}`}
    </span>
  );
}

function Statement({ sql }: { sql: string }) {
  const text = useText();
  return (
    <div className={styles.statement}>
      <pre>{sql}</pre>
      <span>
        <CopyButton value={sql} label={text.questions.sql} />
      </span>
    </div>
  );
}

function OpenInEditor({ sql }: { sql: string }) {
  const text = useText();
  const navigate = useNavigate();
  const { ref } = useWhere();
  const open = () => {
    keepDraft(ref, sql);
    void navigate({ to: "/projects/$ref/data", params: { ref } });
  };
  return (
    <Button icon="code" onClick={open}>
      {text.questions.openSql}
    </Button>
  );
}

function Learn({ question, sql }: { question: string; sql: string }) {
  const text = useText();
  const toasts = useToasts();
  const { ref, project } = useWhere();
  const may = useMay()("admin", project);
  const learning = useFollow("llm.learn");
  if (!may) return null;
  const learn = async () => {
    if (await learning.start({ ref, said: question, sql })) toasts.show({ message: text.questions.learned });
  };
  return (
    <>
      {learning.error && <ErrorState error={learning.error} inline />}
      <Button
        icon="check"
        title={text.questions.learnAbout}
        busy={learning.running}
        disabled={learning.result !== null}
        onClick={() => void learn()}
      >
        {learning.result === null ? text.questions.learn : text.questions.learned}
      </Button>
    </>
  );
}
