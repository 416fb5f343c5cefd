/** Insert a row: what is left empty takes its default. */
import { type FormEvent, useState } from "react";
import { useFollow } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { SelectField, TextField } from "../../components/Field.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import { typedAs } from "./cell.ts";
import styles from "./NewRow.module.css";

interface Props {
  readonly shape: OutputOf<"table.describe">;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

export function NewRow({ shape, onClose, onDone }: Props) {
  const text = useText();
  const toasts = useToasts();
  const { ref } = useWhere();
  const inserting = useFollow("row.insert");
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const columns = shape.columns.filter((column) => !column.generated);
  const values = Object.fromEntries(
    columns
      .filter((column) => (typed[column.name] ?? "") !== "")
      .map((column) => [column.name, typedAs(typed[column.name] ?? "", column.type)]),
  );
  const input = { ref, table: shape.table, values };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!(await inserting.start(input))) return;
    toasts.show({ message: text.data.rowInserted(shape.table) });
    await onDone();
    onClose();
  };
  return (
    <Dialog
      title={text.data.newRowTitle(shape.table)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button look="primary" type="submit" form="new-row" busy={inserting.running}>
            {text.data.insert}
          </Button>
        </>
      }
    >
      <form id="new-row" className={styles.form} onSubmit={(event) => void submit(event)}>
        {columns.map((column) => {
          const field = {
            label: <code>{column.name}</code>,
            hint: column.comment ?? column.type,
            value: typed[column.name] ?? "",
            optional: column.nullable || column.default !== null,
          };
          const set = (value: string) => setTyped((now) => ({ ...now, [column.name]: value }));
          const choices = column.type === "boolean" ? ["true", "false"] : column.choices;
          return choices.length > 0 ? (
            <SelectField
              key={column.name}
              {...field}
              onChange={(event) => set(event.target.value)}
              choices={["", ...choices].map((choice) => ({ value: choice, label: choice }))}
            />
          ) : (
            <TextField
              key={column.name}
              {...field}
              placeholder={column.default ?? (column.nullable ? "null" : "")}
              onChange={(event) => set(event.target.value)}
              autoComplete="off"
            />
          );
        })}
      </form>
      {inserting.error && <ErrorState error={inserting.error} inline />}
      <CommandLine command={commandOf("row.insert", input)} />
    </Dialog>
  );
}
