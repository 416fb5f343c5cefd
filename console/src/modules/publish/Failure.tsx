/** Why a publish or a job did not come to its end, in the daemon's own sentences, with the next step. */
import { Icon } from "../../components/Icon.tsx";
import { Words } from "../../components/Words.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./Failure.module.css";

interface Reason {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | null;
}

export function Failure({ reason }: { reason: Reason }) {
  const text = useText();
  const [sentence = "", ...quoted] = reason.message.split("\n");
  return (
    <div className={styles.root}>
      <Icon name="warning" />
      <div className={styles.words}>
        <p className={styles.message}>
          <Words>{text.errors[reason.code] ?? sentence}</Words>
        </p>
        {text.errors[reason.code] && (
          <p>
            <Words>{sentence}</Words>
          </p>
        )}
        {quoted.length > 0 && <pre className={styles.quoted}>{quoted.join("\n")}</pre>}
        {reason.hint && (
          <p>
            <Words>{reason.hint}</Words>
          </p>
        )}
        <code className={styles.code}>{reason.code}</code>
      </div>
    </div>
  );
}
