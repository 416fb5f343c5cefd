/** What differs, file by file: its lines when one opens it. */

import { useOperation } from "../../api/hooks.ts";
import type { InputOf } from "../../api/operations.ts";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./Patches.module.css";
import { countsOf, type FilePatch, patchesIn } from "./unified.ts";

const OPEN_AT_MOST = 2;

/** The difference that `git.diff` tells of. */
export function Difference({ input, label }: { input: InputOf<"git.diff">; label: string }) {
  const text = useText();
  const { data, error, refetch } = useOperation("git.diff", input);
  if (error) return <ErrorState error={error} inline onRetry={() => void refetch()} />;
  if (!data) return <Skeleton lines={3} />;
  const patches = patchesIn(data.patch);
  if (patches.length === 0) return <p className={styles.soft}>{text.git.noDiff}</p>;
  return (
    <section className={styles.patches} aria-label={label}>
      {patches.map((patch) => (
        <Patch key={patch.path} patch={patch} open={patches.length <= OPEN_AT_MOST} />
      ))}
      {!data.complete && <p className={styles.soft}>{text.git.cut}</p>}
    </section>
  );
}

function Patch({ patch, open }: { patch: FilePatch; open: boolean }) {
  const text = useText();
  const { added, removed } = countsOf(patch);
  return (
    <details className={styles.patch} open={open}>
      <summary>
        <code className={styles.path}>{patch.path}</code>
        <span className={styles.soft}>{text.git.changes[patch.change]}</span>
        <span className={styles.added}>+{added}</span>
        <span className={styles.removed}>−{removed}</span>
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className={styles.lines} tabIndex={0}>
        {patch.lines.map((line, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a patch have no other name
          <span key={at} data-kind={line.kind} className={styles.line}>
            {SIGNS[line.kind]}
            {line.text}
            {"\n"}
          </span>
        ))}
      </pre>
    </details>
  );
}

const SIGNS = { same: " ", added: "+", removed: "−", hunk: "", note: "" } as const;
