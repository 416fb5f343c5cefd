/** What statements cost: since counting began, or since the page was opened; sorted by what one looks for. */
import { type ReactNode, useState } from "react";
import { useFollow, useOperation } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { useMay } from "../../../api/session.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { ConfirmDialog } from "../../../components/ConfirmDialog.tsx";
import { Copyable } from "../../../components/Copyable.tsx";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { BareSelect } from "../../../components/Field.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import { type Listed, TOPS, type Top } from "../../../modules/statements/statements.ts";
import { CostTable } from "./CostTable.tsx";
import styles from "./Statements.module.css";

const EVERY_MS = 10_000;

interface Props {
  readonly ref_: string;
  readonly by: Top;
  readonly onBy: (by: Top) => void;
  readonly branch: ReactNode;
}

export function Listing({ ref_, by, onBy, branch }: Props) {
  const text = useText();
  const may = useMay();
  const [range, setRange] = useState<"all" | "lately">("all");
  const [resetting, setResetting] = useState(false);
  const first = useOperation(
    "statement.list",
    { ref: ref_, limit: 1 },
    { staleTime: Number.POSITIVE_INFINITY, costly: true },
  );
  const all = useOperation("statement.list", { ref: ref_, by }, { refetchInterval: EVERY_MS, costly: true });
  const since = first.data?.look ?? null;
  const lately = useOperation(
    "statement.list",
    { ref: ref_, by, since },
    { enabled: since !== null, refetchInterval: EVERY_MS, costly: true },
  );
  const shown = range === "all" ? all : lately;
  return (
    <>
      <div className={styles.bar}>
        {branch}
        <BareSelect
          label={text.statements.by}
          value={by}
          onChange={(event) => onBy(event.target.value as Top)}
          choices={TOPS.map((value) => ({ value, label: `${text.statements.by}: ${text.statements.tops[value]}` }))}
        />
        <BareSelect
          label={text.statements.counted}
          value={range}
          onChange={(event) => setRange(event.target.value as typeof range)}
          choices={(["all", "lately"] as const).map((value) => ({
            value,
            label: text.statements.ranges[value] ?? value,
          }))}
        />
        <span className={styles.grow} />
        {may("user", ref_) && <Button onClick={() => setResetting(true)}>{text.statements.reset}</Button>}
      </div>
      {shown.error && !shown.data ? (
        <ErrorState error={shown.error} onRetry={() => void shown.refetch()} />
      ) : !shown.data ? (
        <Skeleton />
      ) : shown.data.statements.length === 0 ? (
        <Nothing lately={range === "lately"} />
      ) : (
        <>
          <Whole listed={shown.data} />
          <CostTable
            ref_={ref_}
            by={by}
            statements={shown.data.statements}
            lately={range === "all" ? (lately.data?.statements ?? []) : []}
          />
        </>
      )}
      <CommandLine command={commandOf("statement.list", { ref: ref_, by })} />
      {resetting && <Reset ref_={ref_} onClose={() => setResetting(false)} />}
    </>
  );
}

function Whole({ listed }: { listed: Listed }) {
  const text = useText();
  const format = useFormat();
  return (
    <p className={styles.soft}>
      {text.statements.since(format.dateTime(listed.since))}:{" "}
      {text.statements.whole(listed.all, format.number(listed.calls), format.duration(listed.seconds * 1000))}
      {listed.forgotten > 0 && ` · ${text.statements.forgotten(listed.forgotten)}`}
    </p>
  );
}

function Nothing({ lately }: { lately: boolean }) {
  const text = useText();
  const { empty } = text.statements;
  if (lately) return <p className={styles.soft}>{text.statements.none}</p>;
  return (
    <EmptyState icon="database" title={empty.title}>
      <p>{empty.about}</p>
      <Copyable value={empty.example} label="SQL" />
    </EmptyState>
  );
}

function Reset({ ref_, onClose }: { ref_: string; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const resetting = useFollow("statement.reset");
  const reset = async () => {
    if (!(await resetting.start({ ref: ref_ }))) return;
    toasts.show({ message: text.statements.wasReset });
    onClose();
  };
  return (
    <ConfirmDialog
      title={text.statements.resetTitle}
      name={ref_}
      action={text.statements.reset}
      running={resetting.running}
      error={resetting.error}
      command={commandOf("statement.reset", { ref: ref_ })}
      onConfirm={() => void reset()}
      onClose={onClose}
    >
      <p>{text.statements.resetAbout}</p>
    </ConfirmDialog>
  );
}
