/** Which way is searched, as three buttons in one. */
import { useId } from "react";
import { useText } from "../../i18n/text.tsx";
import { MODES, type Mode } from "./asked.ts";
import styles from "./Modes.module.css";

interface Props {
  readonly chosen: Mode;
  /** There is no model that could make a vector of the query. */
  readonly wordsOnly: boolean;
  readonly onChoose: (mode: Mode) => void;
}

export function Modes({ chosen, wordsOnly, onChoose }: Props) {
  const text = useText();
  const group = useId();
  return (
    <fieldset className={styles.modes}>
      <legend className="visually-hidden">{text.finding.mode}</legend>
      {MODES.map((mode) => (
        <label key={mode} className={styles.mode} title={text.finding.modesAbout[mode]}>
          <input
            type="radio"
            name={group}
            className="visually-hidden"
            checked={mode === chosen}
            disabled={wordsOnly && mode !== "text"}
            onChange={() => onChoose(mode)}
          />
          {text.finding.modes[mode]}
        </label>
      ))}
    </fieldset>
  );
}
