/** How Postgres would run a statement: as a tree with what is dear marked, or as text. */
import { useState } from "react";
import { useOperation } from "../../../api/hooks.ts";
import { Button } from "../../../components/Button.tsx";
import { CopyButton } from "../../../components/Copyable.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Section } from "../../../components/Page.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { useText } from "../../../i18n/text.tsx";
import { Plan } from "../../../modules/data/Plan.tsx";
import { rowsOf, textOf } from "../../../modules/statements/steps.ts";
import styles from "./Statements.module.css";

export function PlanOf({ ref_, id }: { ref_: string; id: string }) {
  const text = useText();
  const [raw, setRaw] = useState(false);
  const { data, error, refetch } = useOperation("statement.explain", { ref: ref_, id }, { costly: true });
  const words = text.statements.plan;
  return (
    <Section
      title={words.title}
      about={words.about}
      actions={
        <fieldset className={styles.views}>
          <legend className="visually-hidden">{words.view}</legend>
          <Button size="small" aria-pressed={!raw} onClick={() => setRaw(false)}>
            {words.tree}
          </Button>
          <Button size="small" aria-pressed={raw} onClick={() => setRaw(true)}>
            {words.raw}
          </Button>
        </fieldset>
      }
    >
      {error ? (
        <ErrorState error={error} inline onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton />
      ) : raw ? (
        <div className={styles.sql}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre tabIndex={0}>{textOf(data)}</pre>
          <CopyButton value={textOf(data)} label={words.title} />
        </div>
      ) : (
        <div className={styles.plan}>
          <Plan rows={rowsOf(data)} />
        </div>
      )}
    </Section>
  );
}
