/** A password that can be looked at while it is typed. */
import { type ComponentPropsWithRef, type ReactNode, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { TextField } from "./Field.tsx";
import styles from "./PasswordField.module.css";

interface PasswordFieldProps extends ComponentPropsWithRef<"input"> {
  label: string;
  hint?: ReactNode;
  problem?: string | null;
}

export function PasswordField(props: PasswordFieldProps) {
  const text = useText();
  const [shown, setShown] = useState(false);
  return (
    <div className={styles.root}>
      <TextField {...props} type={shown ? "text" : "password"} className={styles.input} />
      <button
        type="button"
        className={styles.toggle}
        aria-pressed={shown}
        aria-label={shown ? text.signIn.hidePassword : text.signIn.showPassword}
        onClick={() => setShown(!shown)}
      >
        {shown ? text.signIn.hide : text.signIn.show}
      </button>
    </div>
  );
}
