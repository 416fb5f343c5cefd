/** A field to narrow a list down. “/” goes to it. */
import { Icon } from "./Icon.tsx";
import styles from "./SearchBox.module.css";

export function SearchBox(props: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <label className={styles.root}>
      <Icon name="search" />
      <input
        type="search"
        aria-label={props.label}
        placeholder={props.label}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </label>
  );
}
