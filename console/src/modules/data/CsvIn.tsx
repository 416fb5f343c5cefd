/** Bring a CSV file into a table: checked as a whole first, then written as a whole or not at all. */
import { useState } from "react";
import { useFollow } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { SelectField, TextField } from "../../components/Field.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import styles from "./NewRow.module.css";

const DELIMITERS = [",", ";", "\\t", "|"] as const;
const LARGEST_BYTES = 16 << 20;

interface Props {
  readonly shape: OutputOf<"table.describe">;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

export function CsvIn({ shape, onClose, onDone }: Props) {
  const text = useText();
  const format = useFormat();
  const toasts = useToasts();
  const { ref } = useWhere();
  const checking = useFollow("table.import");
  const writing = useFollow("table.import");
  const [file, setFile] = useState<File | null>(null);
  const [delimiter, setDelimiter] = useState<string>(",");
  const tooLarge = file !== null && file.size > LARGEST_BYTES;
  const input = { ref, table: shape.table, delimiter };
  const failed = checking.result?.ok === false ? checking.result : writing.result?.ok === false ? writing.result : null;

  const check = (chosen: File | null, by: string) => {
    setFile(chosen);
    setDelimiter(by);
    checking.reset();
    writing.reset();
    if (chosen && chosen.size <= LARGEST_BYTES) {
      void checking.start({ ref, table: shape.table, delimiter: by, content: chosen, dry_run: true });
    }
  };
  const write = async () => {
    if (!file) return;
    const done = await writing.start({ ...input, content: file });
    if (!done?.ok) return;
    toasts.show({ message: text.data.imported(format.number(done.rows), shape.table), tookMs: done.seconds * 1000 });
    await onDone();
    onClose();
  };
  return (
    <Dialog
      title={text.data.csvInTitle(shape.table)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button look="primary" busy={writing.running} disabled={!checking.result?.ok} onClick={() => void write()}>
            {checking.result?.ok ? text.data.importRows(format.number(checking.result.rows)) : text.data.import}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <p>{text.data.csvInAbout(shape.columns.map((column) => column.name).join(", "))}</p>
        <TextField
          label={text.data.csvFile}
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          problem={tooLarge ? text.data.csvTooLarge : null}
          onChange={(event) => check(event.target.files?.[0] ?? null, delimiter)}
        />
        <SelectField
          label={text.data.delimiter}
          value={delimiter}
          onChange={(event) => check(file, event.target.value)}
          choices={DELIMITERS.map((each) => ({ value: each, label: each === "\\t" ? text.data.tab : each }))}
        />
      </div>
      {checking.running && <Progress step={checking.step} label={text.data.checking} />}
      {writing.running && <Progress step={writing.step} label={text.data.writing} />}
      {checking.result?.ok && <p role="status">{text.data.csvFits(format.number(checking.result.rows))}</p>}
      {failed && (
        <>
          <p role="alert">{text.data.csvDoesNotFit}</p>
          <Table
            label={text.data.csvDoesNotFit}
            rows={failed.errors}
            keyOf={(error) => `${error.line} ${error.column}`}
            columns={[
              { key: "line", head: text.data.line, align: "end", cell: (error) => format.number(error.line) },
              { key: "column", head: text.data.column, cell: (error) => <code>{error.column}</code> },
              { key: "value", head: text.data.value, cell: (error) => <code>{error.value}</code> },
              { key: "why", head: text.data.why, grow: true, cell: (error) => error.error },
            ]}
          />
        </>
      )}
      {(checking.error ?? writing.error) && <ErrorState error={(checking.error ?? writing.error) as never} inline />}
      <CommandLine command={commandOf("table.import", input)} />
    </Dialog>
  );
}
