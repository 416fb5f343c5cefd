/** The command palette: places, projects and every operation, found by a few letters. */
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { type Facts, type OperationName, operations } from "../../api/operations.ts";
import { atLeast, useSession } from "../../api/session.ts";
import { classes } from "../../components/classes.ts";
import { Icon, type IconName } from "../../components/Icon.tsx";
import { useText } from "../../i18n/text.tsx";
import { usePlaces } from "../RailLinks.tsx";
import { OperationDialog } from "./OperationDialog.tsx";
import styles from "./Palette.module.css";
import { ranked } from "./search.ts";
import { titleOf } from "./titles.ts";

interface Entry {
  key: string;
  group: string;
  icon: IconName;
  title: string;
  detail: string;
  onChoose: () => void;
}

const MOST_SHOWN = 40;

export default function Palette({ onClose }: { onClose: () => void }) {
  const text = useText();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const [operation, setOperation] = useState<OperationName | null>(null);
  const entries = useEntries(setOperation, onClose);
  const shown = useMemo(() => grouped(ranked(entries, typed).slice(0, MOST_SHOWN)), [entries, typed]);
  const element = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const listId = useId();

  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);

  useEffect(() => {
    list.current?.querySelector(`[data-index="${chosen}"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (shown.length > 0) setChosen((chosen + step + shown.length) % shown.length);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      shown[chosen]?.onChoose();
    }
  };

  if (operation) return <OperationDialog name={operation} onClose={onClose} />;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc is the browser's own way to cancel a dialog
    <dialog
      ref={element}
      className={styles.palette}
      aria-label={text.palette.label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <div className={styles.frame}>
        <div className={styles.input}>
          <Icon name="search" />
          <input
            autoFocus
            role="combobox"
            aria-expanded="true"
            aria-controls={listId}
            aria-activedescendant={shown.length > 0 ? `${listId}-${chosen}` : undefined}
            aria-label={text.palette.label}
            placeholder={text.palette.placeholder}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              setChosen(0);
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        <div ref={list} id={listId} role="listbox" aria-label={text.palette.label} className={styles.list}>
          {shown.length === 0 && <p className={styles.none}>{text.palette.empty}</p>}
          {shown.map((entry, index) => (
            <div key={entry.key} role="presentation">
              {entry.group !== shown[index - 1]?.group && (
                <div role="presentation" className={styles.group}>
                  {entry.group}
                </div>
              )}
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys belong to the field above */}
              {/* biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field above */}
              <div
                id={`${listId}-${index}`}
                data-index={index}
                role="option"
                aria-selected={index === chosen}
                className={classes(styles.entry, index === chosen && styles.chosen)}
                onClick={entry.onChoose}
                onPointerMove={() => setChosen(index)}
              >
                <Icon name={entry.icon} />
                <span className={styles.title}>{entry.title}</span>
                <span className={styles.detail}>{entry.detail}</span>
              </div>
            </div>
          ))}
        </div>
      </div>
    </dialog>
  );
}

function useEntries(openOperation: (name: OperationName) => void, onClose: () => void): readonly Entry[] {
  const text = useText();
  const navigate = useNavigate();
  const session = useSession();
  const places = usePlaces();
  const { data: projects } = useOperation("project.list", {});

  return useMemo(() => {
    const goTo = (to: string) => () => {
      onClose();
      void navigate({ to });
    };
    const navigation = [...places, { to: "/account", icon: "person" as const, label: text.rail.account }];
    const known = Object.entries(operations) as [OperationName, Facts][];
    return [
      ...navigation.map((place) => ({
        key: place.to,
        group: text.palette.navigation,
        icon: place.icon,
        title: place.label,
        detail: "",
        onChoose: goTo(place.to),
      })),
      ...(projects ?? []).map((project) => ({
        key: `project ${project.ref}`,
        group: text.palette.projects,
        icon: "projects" as const,
        title: project.ref,
        detail: "",
        onChoose: goTo(`/projects/${project.ref}`),
      })),
      ...known
        .filter(([, facts]) => mayEver(session.role, session.projects, facts.role))
        .map(([name, facts]) => ({
          key: name,
          group: text.palette.operations,
          icon: "commands" as const,
          title: titleOf(text, name),
          detail: `nacre ${facts.words.join(" ")}`,
          onChoose: () => openOperation(name),
        })),
    ];
  }, [text, navigate, session, places, projects, openOperation, onClose]);
}

/** Whether this person has the role, in the whole system or in some project. */
function mayEver(
  role: Facts["role"],
  projects: Readonly<Record<string, Facts["role"]>>,
  needed: Facts["role"],
): boolean {
  return atLeast(role, needed) || Object.values(projects).some((one) => atLeast(one, needed));
}

/** Entries of a group stand together, groups in the order of their best entry. */
function grouped(entries: readonly Entry[]): readonly Entry[] {
  return [...Map.groupBy(entries, (entry) => entry.group).values()].flat();
}
