/** One statement: all of it, what it cost, how Postgres would run it, and which index would help. */
import { Link } from "@tanstack/react-router";
import { useOperation } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { CopyButton } from "../../../components/Copyable.tsx";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Facts } from "../../../components/Facts.tsx";
import { Icon } from "../../../components/Icon.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import type { Statement, Top } from "../../../modules/statements/statements.ts";
import { Advice } from "./Advice.tsx";
import { PlanOf } from "./PlanOf.tsx";
import styles from "./Statements.module.css";

export function OneStatement({ ref_, id, by }: { ref_: string; id: string; by: Top }) {
  const text = useText();
  const listed = useOperation("statement.list", { ref: ref_, by, limit: 1000 }, { costly: true });
  const one = listed.data?.statements.find((each) => each.id === id);
  return (
    <>
      <p>
        <Link to="/monitoring/statements" search={{ ref: ref_, by }} className={styles.back}>
          <Icon name="left" /> {text.statements.back}
        </Link>
      </p>
      {listed.error && !listed.data ? (
        <ErrorState error={listed.error} onRetry={() => void listed.refetch()} />
      ) : !listed.data ? (
        <Skeleton />
      ) : !one ? (
        <EmptyState icon="search" title={text.statements.gone}>
          {text.statements.goneAbout}
        </EmptyState>
      ) : (
        <>
          <div className={styles.sql}>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <pre tabIndex={0}>{one.text}</pre>
            <CopyButton value={one.text} label={text.statements.text} />
          </div>
          <CostFacts one={one} />
          <Advice ref_={ref_} id={id} />
          <PlanOf ref_={ref_} id={id} />
          <CommandLine command={commandOf("statement.explain", { ref: ref_, id })} />
        </>
      )}
    </>
  );
}

function CostFacts({ one }: { one: Statement }) {
  const text = useText();
  const format = useFormat();
  const { facts } = text.statements;
  const ms = (seconds: number) => format.milliseconds(seconds * 1000);
  const pages = one.hit_bytes + one.read_bytes;
  return (
    <Facts
      facts={[
        { label: facts.calls, value: format.number(one.calls) },
        { label: facts.total, value: `${format.duration(one.seconds * 1000)} · ${format.percent(one.share)}` },
        { label: facts.mean, value: ms(one.mean_s) },
        { label: facts.span, value: `${ms(one.least_s)} – ${ms(one.most_s)}` },
        { label: facts.rows, value: format.number(one.rows / Math.max(1, one.calls)) },
        { label: facts.cache, value: pages > 0 ? format.percent(one.hit_bytes / pages) : "–" },
        { label: facts.read, value: format.bytes(one.read_bytes) },
        { label: facts.written, value: format.bytes(one.written_bytes) },
        { label: facts.roles, value: format.list(one.roles) },
        { label: facts.database, value: <code>{one.database}</code> },
      ]}
    />
  );
}
