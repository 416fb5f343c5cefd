/** The dearest statements, each with its part of the time and whether it is slower now than it used to be. */
import { Link } from "@tanstack/react-router";
import { Status, type Tone } from "../../../components/Status.tsx";
import { type Column, Table } from "../../../components/Table.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import { inLine, type Statement, type Top, trendOf } from "../../../modules/statements/statements.ts";
import styles from "./Statements.module.css";

const TREND_TONES: Readonly<Record<string, Tone>> = { slower: "wait", faster: "good", same: "still" };

interface Props {
  readonly ref_: string;
  readonly by: Top;
  readonly statements: readonly Statement[];
  /** What came since the page was opened, for the trend. */
  readonly lately: readonly Statement[];
}

export function CostTable({ ref_, by, statements, lately }: Props) {
  const text = useText();
  const format = useFormat();
  const amount = useAmount(by);
  const columns: readonly Column<Statement>[] = [
    {
      key: "text",
      head: text.statements.statement,
      grow: true,
      cell: (one) => (
        <Link
          to="/monitoring/statements"
          search={{ ref: ref_, by, id: one.id }}
          className={styles.line}
          title={one.text}
        >
          <code>{inLine(one.text)}</code>
        </Link>
      ),
    },
    { key: "share", head: text.statements.share, cell: (one) => <Share share={one.share} /> },
    {
      key: "total",
      head: text.statements.total,
      align: "end",
      secondary: true,
      cell: (one) => format.duration(one.seconds * 1000),
    },
    {
      key: "calls",
      head: text.statements.calls,
      align: "end",
      secondary: true,
      cell: (one) => format.number(one.calls),
    },
    { key: "mean", head: text.statements.mean, align: "end", cell: (one) => format.milliseconds(one.mean_s * 1000) },
    ...(amount
      ? [{ key: by, head: text.statements.amounts[by] ?? by, align: "end", cell: amount } satisfies Column<Statement>]
      : []),
    {
      key: "trend",
      head: text.statements.trend,
      secondary: true,
      cell: (one) => <Trend statement={one} lately={lately.find(({ id }) => id === one.id)} />,
    },
  ];
  return <Table label={text.monitoring.tabs.statements} columns={columns} rows={statements} keyOf={(one) => one.id} />;
}

function Share({ share }: { share: number }) {
  const format = useFormat();
  return (
    <span className={styles.share}>
      <span className={styles.track} aria-hidden="true">
        <span className={styles.part} style={{ transform: `scaleX(${share})` }} />
      </span>
      {format.percent(Math.round(share * 1000) / 1000)}
    </span>
  );
}

function Trend({ statement, lately }: { statement: Statement; lately: Statement | undefined }) {
  const text = useText();
  const format = useFormat();
  const trend = trendOf(statement, lately);
  if (!trend || !lately) return <span className={styles.soft}>–</span>;
  return (
    <span title={format.milliseconds(lately.mean_s * 1000)}>
      <Status tone={TREND_TONES[trend] ?? "still"}>{text.statements.trends[trend] ?? trend}</Status>
    </span>
  );
}

/** What is sorted by, where no column of its own tells it. */
function useAmount(by: Top): ((one: Statement) => string) | null {
  const format = useFormat();
  const amounts: Partial<Record<Top, (one: Statement) => string>> = {
    rows: (one) => format.number(one.rows),
    reads: (one) => format.bytes(one.read_bytes),
    writes: (one) => format.bytes(one.written_bytes),
    temporary: (one) => format.bytes(one.temporary_bytes),
    log: (one) => format.bytes(one.log_bytes),
  };
  return amounts[by] ?? null;
}
