/** What was learned about a database: questions with their SQL, and facts; both are looked up for new questions. */
import { type FormEvent, useState } from "react";
import { useFollow, useOperation } from "../../../api/hooks.ts";
import type { InputOf, OutputOf } from "../../../api/operations.ts";
import { commandOf } from "../../../api/requests.ts";
import { useMay } from "../../../api/session.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { Copyable } from "../../../components/Copyable.tsx";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { TextArea, TextField } from "../../../components/Field.tsx";
import { Section } from "../../../components/Page.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { type Column, Table } from "../../../components/Table.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { When } from "../../../components/When.tsx";
import { useText } from "../../../i18n/text.tsx";
import { useWhere } from "../../../modules/branch/where.tsx";
import styles from "./Database.module.css";
import { DatabasePage } from "./DatabasePage.tsx";
import { Unreached } from "./Unreached.tsx";

type Lesson = OutputOf<"llm.question.list">[number];

export default function Learned() {
  const text = useText();
  return (
    <DatabasePage about={text.learned.about}>
      <Lessons />
    </DatabasePage>
  );
}

function Lessons() {
  const text = useText();
  const toasts = useToasts();
  const { ref, project, at } = useWhere();
  const writable = useMay()("admin", project) && at === null;
  const lessons = useOperation("llm.question.list", { ref });
  const learning = useFollow("llm.learn");
  const forgetting = useFollow("llm.question.forget");
  const learn = async (lesson: Omit<InputOf<"llm.learn">, "ref">) => {
    const done = await learning.start({ ref, ...lesson });
    if (done) toasts.show({ message: text.learned.added });
    return done !== null;
  };
  const forget = async ({ id, said, sql }: Lesson) => {
    if (!(await forgetting.start({ ref, id }))) return;
    toasts.show({
      message: text.learned.forgotten,
      undo: () => void learning.start({ ref, said, sql }),
    });
  };
  const columns: readonly Column<Lesson>[] = [
    {
      key: "lesson",
      head: text.learned.question,
      grow: true,
      cell: (lesson) => (
        <span className={styles.named}>
          <span className={styles.lesson}>{lesson.said}</span>
          {lesson.sql !== null && <code className={styles.reason}>{lesson.sql}</code>}
        </span>
      ),
    },
    { key: "who", head: text.learned.source, secondary: true, cell: (lesson) => lesson.learned_by },
    { key: "at", head: text.learned.at, secondary: true, cell: (lesson) => <When time={lesson.at} /> },
    {
      key: "forget",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (lesson) =>
        writable && (
          <Button size="small" disabled={forgetting.running} onClick={() => void forget(lesson)}>
            {text.learned.forget}
          </Button>
        ),
    },
  ];
  const error = learning.error ?? forgetting.error;
  return (
    <>
      {lessons.error && <Unreached error={lessons.error} onRetry={() => void lessons.refetch()} />}
      {!lessons.data ? (
        !lessons.error && <Skeleton />
      ) : lessons.data.length === 0 ? (
        <EmptyState icon="models" title={text.learned.none}>
          <p>{text.learned.noneAbout}</p>
          <Copyable value={text.learned.sampleStatement} label="SQL" />
        </EmptyState>
      ) : (
        <Table label={text.database.tabs.learned} columns={columns} rows={lessons.data} keyOf={({ id }) => id} />
      )}
      {error && <ErrorState error={error} inline />}
      {writable && (
        <div className={styles.halves}>
          <Section title={text.learned.example} about={text.learned.exampleHint}>
            <ExampleForm running={learning.running} onLearn={learn} />
          </Section>
          <Section title={text.learned.fact} about={text.learned.factHint}>
            <FactForm running={learning.running} onLearn={learn} />
          </Section>
        </div>
      )}
      <CommandLine command={commandOf("llm.question.list", { ref })} />
    </>
  );
}

interface FormProps {
  readonly running: boolean;
  readonly onLearn: (lesson: Omit<InputOf<"llm.learn">, "ref">) => Promise<boolean>;
}

function ExampleForm({ running, onLearn }: FormProps) {
  const text = useText();
  const [question, setQuestion] = useState("");
  const [sql, setSql] = useState("");
  const fits = question.trim() !== "" && sql.trim() !== "";
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!fits || !(await onLearn({ said: question.trim(), sql: sql.trim() }))) return;
    setQuestion("");
    setSql("");
  };
  return (
    <form className={styles.stack} onSubmit={(event) => void submit(event)}>
      <TextField
        label={text.learned.question}
        value={question}
        onChange={(event) => setQuestion(event.target.value)}
        autoComplete="off"
      />
      <TextArea label={text.learned.sql} rows={3} value={sql} onChange={(event) => setSql(event.target.value)} />
      <div className={styles.buttons}>
        <Button type="submit" icon="plus" busy={running} disabled={!fits}>
          {text.learned.addExample}
        </Button>
      </div>
    </form>
  );
}

function FactForm({ running, onLearn }: FormProps) {
  const text = useText();
  const [fact, setFact] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (fact.trim() !== "" && (await onLearn({ said: fact.trim() }))) setFact("");
  };
  return (
    <form className={styles.stack} onSubmit={(event) => void submit(event)}>
      <TextArea label={text.learned.fact} rows={2} value={fact} onChange={(event) => setFact(event.target.value)} />
      <div className={styles.buttons}>
        <Button type="submit" icon="plus" busy={running} disabled={fact.trim() === ""}>
          {text.learned.addFact}
        </Button>
      </div>
    </form>
  );
}
