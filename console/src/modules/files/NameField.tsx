/** A name being typed in the tree: Enter takes it, Esc leaves it. */
import { useState } from "react";
import { Icon, type IconName } from "../../components/Icon.tsx";
import styles from "./FileTree.module.css";

interface Props {
  readonly icon: IconName;
  readonly depth: number;
  readonly initial: string;
  readonly label: string;
  readonly onDone: (name: string) => void;
  readonly onCancel: () => void;
}

export function NameField({ icon, depth, initial, label, onDone, onCancel }: Props) {
  const [name, setName] = useState(initial);
  return (
    <div className={styles.row} style={{ paddingLeft: 8 + depth * 14 }}>
      <span className={styles.fold} />
      <Icon name={icon} size={14} />
      <input
        className={styles.naming}
        aria-label={label}
        value={name}
        // biome-ignore lint/a11y/noAutofocus: the person asked to type a name here
        autoFocus
        spellCheck={false}
        autoComplete="off"
        onFocus={(event) =>
          event.target.setSelectionRange(0, initial.lastIndexOf(".") > 0 ? initial.lastIndexOf(".") : -1)
        }
        onChange={(event) => setName(event.target.value)}
        onBlur={onCancel}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Enter" && name.trim() !== "") onDone(name.trim());
          else if (event.key === "Escape") onCancel();
        }}
      />
    </div>
  );
}
