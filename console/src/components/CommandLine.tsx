/** The command that does the same, folded away until somebody wants it. */
import { useText } from "../i18n/text.tsx";
import styles from "./CommandLine.module.css";
import { Copyable } from "./Copyable.tsx";

export function CommandLine({ command, open = false }: { command: string; open?: boolean }) {
  const text = useText();
  return (
    <details className={styles.root} open={open}>
      <summary>{text.common.sameOnCommandLine}</summary>
      <Copyable value={command} label={text.common.sameOnCommandLine} prompt />
    </details>
  );
}
