/** What becomes of a file or table: a sign, a colour and a word at once. */
import { useText } from "../../i18n/text.tsx";
import styles from "./Change.module.css";

export type ChangeKind = "added" | "removed" | "changed";

const SIGNS: Readonly<Record<ChangeKind, string>> = { added: "+", removed: "−", changed: "±" };

export function Change({ kind }: { kind: ChangeKind }) {
  const text = useText();
  return (
    <span className={styles[kind]}>
      <span aria-hidden="true">{SIGNS[kind]}</span> {text.time.changes[kind]}
    </span>
  );
}
