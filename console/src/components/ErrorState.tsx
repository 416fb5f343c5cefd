/** What could not be done, in the daemon's own sentences, with the request's id and a way on. */
import type { ReactNode } from "react";
import type { ApiError } from "../api/errors.ts";
import { UNREACHABLE } from "../api/errors.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "./Button.tsx";
import { classes } from "./classes.ts";
import styles from "./ErrorState.module.css";
import { Icon } from "./Icon.tsx";
import { Words } from "./Words.tsx";

interface ErrorStateProps {
  error: ApiError;
  onRetry?: (() => void) | undefined;
  /** Inside a form or dialog, rather than in place of a whole view. */
  inline?: boolean;
  /** Another way on. */
  children?: ReactNode;
}

export function ErrorState({ error, onRetry, inline = false, children }: ErrorStateProps) {
  const text = useText();
  const away = error.code === UNREACHABLE;
  const message = text.errors[error.code] ?? (away ? text.error.unreachable : error.message);
  const hint = away ? text.error.unreachableHint : error.hint;
  return (
    <div className={classes(styles.root, inline && styles.inline)} role="alert">
      <Icon name="warning" />
      <div className={styles.words}>
        <p className={styles.message}>
          <Words>{message}</Words>
        </p>
        {hint && (
          <p>
            <Words>{hint}</Words>
          </p>
        )}
        {error.requestId && (
          <p className={styles.request}>
            {text.error.request} <code>{error.requestId}</code>
          </p>
        )}
        {(onRetry || children) && (
          <div className={styles.retry}>
            {onRetry && (
              <Button size="small" icon="refresh" onClick={onRetry}>
                {text.common.retry}
              </Button>
            )}
            {children}
          </div>
        )}
      </div>
    </div>
  );
}
