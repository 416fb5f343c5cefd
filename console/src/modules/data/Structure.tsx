/** What a table is made of: columns, constraints, indexes. */
import type { OutputOf } from "../../api/operations.ts";
import { Table } from "../../components/Table.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./Structure.module.css";

export function Structure({ shape }: { shape: OutputOf<"table.describe"> }) {
  const text = useText();
  const format = useFormat();
  return (
    <div className={styles.structure}>
      <h3>{text.data.columns}</h3>
      <Table
        label={text.data.columns}
        rows={shape.columns}
        keyOf={(column) => column.name}
        columns={[
          {
            key: "name",
            head: text.common.name,
            cell: (column) => (
              <>
                <code>{column.name}</code>
                {column.key && <span className={styles.key}>PK</span>}
              </>
            ),
          },
          { key: "type", head: text.data.type, cell: (column) => <code>{column.type}</code> },
          {
            key: "null",
            head: text.data.nullable,
            cell: (column) => (column.nullable ? text.common.yes : text.common.no),
          },
          {
            key: "default",
            head: text.data.default,
            cell: (column) => (column.generated ? text.data.generated : <code>{column.default ?? ""}</code>),
          },
          {
            key: "comment",
            head: text.data.comment,
            grow: true,
            secondary: true,
            cell: (column) => column.comment ?? column.choices.join(", "),
          },
        ]}
      />
      {shape.constraints.length > 0 && (
        <>
          <h3>{text.data.constraints}</h3>
          <Table
            label={text.data.constraints}
            rows={shape.constraints}
            keyOf={(constraint) => constraint.name}
            columns={[
              { key: "name", head: text.common.name, cell: (constraint) => <code>{constraint.name}</code> },
              { key: "kind", head: text.data.kind, cell: (constraint) => text.data.constraintKinds[constraint.kind] },
              {
                key: "definition",
                head: text.data.definition,
                grow: true,
                cell: (constraint) => <code>{constraint.definition}</code>,
              },
            ]}
          />
        </>
      )}
      {shape.indexes.length > 0 && (
        <>
          <h3>{text.data.indexes}</h3>
          <Table
            label={text.data.indexes}
            rows={shape.indexes}
            keyOf={(index) => index.name}
            columns={[
              {
                key: "definition",
                head: text.data.definition,
                grow: true,
                cell: (index) => <code>{index.definition}</code>,
              },
              { key: "size", head: text.data.size, align: "end", cell: (index) => format.bytes(index.size_bytes) },
            ]}
          />
        </>
      )}
    </div>
  );
}
