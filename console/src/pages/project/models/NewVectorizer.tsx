/** The form of a new vectorizer: a table, its columns of text, how they are cut, embedded and indexed. */
import { type FormEvent, useId, useState } from "react";
import { useFollow, useOperation } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { Copyable } from "../../../components/Copyable.tsx";
import { Dialog } from "../../../components/Dialog.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { CheckField, SelectField, TextField } from "../../../components/Field.tsx";
import { Progress } from "../../../components/Progress.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { useText } from "../../../i18n/text.tsx";
import { useWhere } from "../../../modules/branch/where.tsx";
import { isText } from "../../../modules/models/vectorizers.ts";
import styles from "./Database.module.css";
import { useModels } from "./DatabasePage.tsx";

const CUTS = ["recursive", "sentences", "markdown", "tokens", "characters", "none"] as const;
const INDEXES = ["hnsw", "ivfflat", "none"] as const;

export function NewVectorizer({ onClose }: { onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const formId = useId();
  const { ref } = useWhere();
  const tables = useOperation("table.list", { ref });
  const embedders = useModels("embedding") ?? [];
  const creating = useFollow("llm.vectorizer.create");
  const [table, setTable] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [model, setModel] = useState("");
  const [cut, setCut] = useState<(typeof CUTS)[number]>("recursive");
  const [size, setSize] = useState("");
  const [index, setIndex] = useState<(typeof INDEXES)[number]>("hnsw");
  const shape = useOperation("table.describe", { ref, table }, { enabled: table !== "" });
  const columns = shape.data?.columns.filter((column) => isText(column.type)) ?? [];
  const [only] = columns;
  const embedded = chosen.length > 0 ? chosen : only && columns.length === 1 ? [only.name] : [];
  const input = {
    ref,
    table,
    columns: [...embedded],
    ...(cut === "recursive" && size === ""
      ? {}
      : { chunking: { by: cut, ...(size === "" ? {} : { size: Number(size) }) } }),
    ...(model === "" ? {} : { embedding: { model } }),
    ...(index === "hnsw" ? {} : { index: { kind: index } }),
  };
  const fits = table !== "" && embedded.length > 0;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!fits) return;
    const made = await creating.start(input);
    if (!made) return;
    toasts.show({ message: text.vectorizers.created(made.name) });
    onClose();
  };
  const kinds = ["table", "partitioned table"];
  const possible = tables.data?.filter((each) => kinds.includes(each.kind) && !each.table.startsWith("llm.")) ?? [];
  return (
    <Dialog
      title={text.vectorizers.createTitle}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={formId} look="primary" busy={creating.running} disabled={!fits}>
            {text.common.create}
          </Button>
        </>
      }
    >
      {tables.error && <ErrorState error={tables.error} inline onRetry={() => void tables.refetch()} />}
      {tables.isPending && <Skeleton lines={2} />}
      {tables.data && possible.length === 0 && (
        <>
          <p className={styles.soft}>{text.vectorizers.noTables}</p>
          <p className={styles.soft}>{text.vectorizers.noTablesAbout}</p>
          <Copyable value={text.vectorizers.noTablesExample} label="SQL" />
        </>
      )}
      {possible.length > 0 && (
        <form id={formId} className={styles.stack} onSubmit={(event) => void submit(event)}>
          <SelectField
            label={text.vectorizers.table}
            value={table}
            onChange={(event) => {
              setTable(event.target.value);
              setChosen([]);
            }}
            choices={[
              { value: "", label: text.vectorizers.chooseTable },
              ...possible.map((each) => ({ value: each.table, label: each.table })),
            ]}
            autoFocus
          />
          {table !== "" && (
            <fieldset className={styles.columns}>
              <legend>{text.vectorizers.chooseColumns}</legend>
              {shape.isPending && <Skeleton lines={2} />}
              {shape.data && columns.length === 0 && <p className={styles.soft}>{text.vectorizers.noText}</p>}
              {columns.map((column) => (
                <CheckField
                  key={column.name}
                  label={column.name}
                  checked={embedded.includes(column.name)}
                  onChange={(event) => {
                    const others = embedded.filter((name) => name !== column.name);
                    setChosen(event.target.checked ? [...others, column.name] : others);
                  }}
                />
              ))}
              {columns.length > 1 && <p className={styles.soft}>{text.vectorizers.chooseColumnsHint}</p>}
            </fieldset>
          )}
          <div className={styles.pair}>
            <SelectField
              label={text.vectorizers.embedding}
              value={model}
              onChange={(event) => setModel(event.target.value)}
              choices={[
                { value: "", label: text.questions.byDefault },
                ...embedders.map(({ name }) => ({ value: name, label: name })),
              ]}
            />
            <SelectField
              label={text.vectorizers.index}
              value={index}
              onChange={(event) => setIndex(event.target.value as typeof index)}
              choices={INDEXES.map((each) => ({ value: each, label: text.vectorizers.indexes[each] ?? each }))}
            />
            <SelectField
              label={text.vectorizers.cut}
              value={cut}
              onChange={(event) => setCut(event.target.value as typeof cut)}
              choices={CUTS.map((each) => ({ value: each, label: text.vectorizers.cuts[each] ?? each }))}
            />
            {cut !== "none" && (
              <TextField
                label={text.vectorizers.size}
                type="number"
                min={20}
                placeholder="800"
                value={size}
                onChange={(event) => setSize(event.target.value)}
              />
            )}
          </div>
        </form>
      )}
      {creating.running && <Progress step={creating.step} />}
      {creating.error && <ErrorState error={creating.error} inline />}
      {fits && <CommandLine command={commandOf("llm.vectorizer.create", input)} />}
    </Dialog>
  );
}
