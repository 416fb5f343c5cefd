/** The sheet of keyboard shortcuts. */
import { Dialog } from "../components/Dialog.tsx";
import { useText } from "../i18n/text.tsx";
import styles from "./KeyboardSheet.module.css";
import { MOD } from "./keyboard.ts";

export default function KeyboardSheet({ onClose }: { onClose: () => void }) {
  const text = useText();
  const groups: readonly [string, readonly [readonly string[], string][]][] = [
    [
      text.keyboard.everywhere,
      [
        [[MOD, "K"], text.keyboard.palette],
        [[MOD, "⇧", "K"], text.keyboard.fromTerminal],
        [["?"], text.keyboard.help],
        [["/"], text.keyboard.search],
        [["c"], text.keyboard.create],
        [["Esc"], text.keyboard.close],
      ],
    ],
    [
      text.keyboard.goTo,
      [
        [["g", "p"], text.keyboard.goProjects],
        [["g", "l"], text.keyboard.goApps],
        [["g", "k"], text.keyboard.goKnowledge],
        [["g", "m"], text.keyboard.goModels],
        [["g", "w"], text.keyboard.goMonitoring],
        [["g", "o"], text.keyboard.goPeople],
        [["g", "s"], text.keyboard.goSystem],
        [["g", "a"], text.keyboard.goAccount],
      ],
    ],
  ];
  return (
    <Dialog title={text.keyboard.title} onClose={onClose}>
      {groups.map(([title, rows]) => (
        <section key={title}>
          <h3 className={styles.title}>{title}</h3>
          <dl className={styles.rows}>
            {rows.map(([keys, words]) => (
              <div key={words} className={styles.row}>
                <dt>{words}</dt>
                <dd>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
