import { useText } from "../i18n/text.tsx";
import { Button } from "./Button.tsx";
import styles from "./Older.module.css";

/** Below a list whose newest come first: shows those before, while there are any. */
export function Older({ older }: { older: { busy: boolean; show: () => void } | null }) {
  const text = useText();
  return (
    older && (
      <div className={styles.older}>
        <Button busy={older.busy} onClick={older.show}>
          {text.common.showOlder}
        </Button>
      </div>
    )
  );
}
