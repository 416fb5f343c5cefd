/** A button: one primary at most in a view; danger for what cannot be had back. */
import type { ComponentPropsWithRef } from "react";
import styles from "./Button.module.css";
import { classes } from "./classes.ts";
import { Icon, type IconName } from "./Icon.tsx";

export interface ButtonProps extends ComponentPropsWithRef<"button"> {
  look?: "primary" | "plain" | "quiet" | "danger";
  size?: "small" | "normal";
  icon?: IconName;
  busy?: boolean;
}

export function Button({ look = "plain", size = "normal", icon, busy = false, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classes(styles.button, styles[look], size === "small" && styles.small, rest.className)}
      disabled={rest.disabled || busy}
      aria-busy={busy || undefined}
    >
      {busy ? <span className={styles.spinner} aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button that shows an icon only; `label` is read out and shown on hover. */
export function IconButton({
  label,
  icon,
  size = "normal",
  ...rest
}: Omit<ComponentPropsWithRef<"button">, "children"> & {
  label: string;
  icon: IconName;
  size?: "small" | "normal";
}) {
  return (
    <button
      type="button"
      title={label}
      {...rest}
      aria-label={label}
      className={classes(
        styles.button,
        styles.quiet,
        styles.iconOnly,
        size === "small" && styles.small,
        rest.className,
      )}
    >
      <Icon name={icon} />
    </button>
  );
}
