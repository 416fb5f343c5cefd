/** A labelled input with its explanation and, once it is wrong, the reason. */
import { type ComponentPropsWithRef, type ReactNode, useId } from "react";
import { useText } from "../i18n/text.tsx";
import { classes } from "./classes.ts";
import styles from "./Field.module.css";

interface Around {
  label: ReactNode;
  hint?: ReactNode;
  problem?: string | null | undefined;
  optional?: boolean;
}

export function TextField({ label, hint, problem, optional, ...input }: Around & ComponentPropsWithRef<"input">) {
  return (
    <Labelled label={label} hint={hint} problem={problem} optional={optional ?? false}>
      {(ids) => <input {...input} {...ids} className={classes(styles.input, input.className)} />}
    </Labelled>
  );
}

export function TextArea({ label, hint, problem, optional, ...input }: Around & ComponentPropsWithRef<"textarea">) {
  return (
    <Labelled label={label} hint={hint} problem={problem} optional={optional ?? false}>
      {(ids) => <textarea rows={4} {...input} {...ids} className={classes(styles.input, styles.area)} />}
    </Labelled>
  );
}

interface Choice {
  value: string;
  label: string;
}

export function SelectField({
  label,
  hint,
  problem,
  optional,
  choices,
  ...input
}: Around & ComponentPropsWithRef<"select"> & { choices: readonly Choice[] }) {
  return (
    <Labelled label={label} hint={hint} problem={problem} optional={optional ?? false}>
      {(ids) => (
        <select {...input} {...ids} className={classes(styles.input, styles.select)}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

/** A choice whose label is not shown, such as one in a toolbar. */
export function BareSelect({
  label,
  choices,
  ...input
}: Omit<ComponentPropsWithRef<"select">, "children"> & { label: string; choices: readonly Choice[] }) {
  return (
    <select {...input} aria-label={label} className={classes(styles.input, styles.select, styles.bare)}>
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}

export function CheckField({ label, hint, ...input }: Around & ComponentPropsWithRef<"input">) {
  return (
    <label className={styles.check}>
      <input type="checkbox" {...input} />
      <span>
        {label}
        {hint && <span className={styles.hint}>{hint}</span>}
      </span>
    </label>
  );
}

/** Choices that deserve a line of explanation each. */
export function RadioCards({
  label,
  value,
  onChange,
  choices,
}: {
  label: ReactNode;
  value: string;
  onChange: (value: string) => void;
  choices: readonly (Choice & { about: string })[];
}) {
  const name = useId();
  return (
    <fieldset className={styles.cards}>
      <legend className={styles.label}>{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className={styles.card}>
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          <span className={styles.cardLabel}>{choice.label}</span>
          <span className={styles.cardAbout}>{choice.about}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface Ids {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

function Labelled(props: Around & { optional: boolean; children: (ids: Ids) => ReactNode }) {
  const text = useText();
  const id = useId();
  const { label, hint, problem, optional, children } = props;
  const about = problem ?? hint;
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
        {optional && <span className={styles.optional}> {text.common.optional}</span>}
      </label>
      {children({
        id,
        "aria-describedby": about ? `${id}-about` : undefined,
        "aria-invalid": problem ? true : undefined,
      })}
      {about && (
        <p id={`${id}-about`} className={problem ? styles.problem : styles.hint}>
          {about}
        </p>
      )}
    </div>
  );
}
