/** SQL: an editor over its results, with what was run before; asked now or as of the moment looked at. */
import { useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Progress } from "../../components/Progress.tsx";
import { useText } from "../../i18n/text.tsx";
import { MomentMenu } from "../branch/MomentMenu.tsx";
import { useWhere } from "../branch/where.tsx";
import { Panes, useLayout } from "../panes/Panes.tsx";
import { Plan } from "./Plan.tsx";
import { explaining, type PlanRow, planOf } from "./plan.ts";
import { SqlEditor } from "./SqlEditor.tsx";
import { SqlHistory } from "./SqlHistory.tsx";
import styles from "./SqlPage.module.css";
import { SqlResult } from "./SqlResult.tsx";

type Showing = "result" | "plan" | "history";

export function SqlPage() {
  const text = useText();
  const { ref, at } = useWhere();
  const running = useFollow("sql.run");
  const planning = useFollow("sql.run");
  const tables = useOperation("table.list", at === null ? { ref } : { ref, at });
  const [draft, setDraft] = useDraft(ref);
  const [chosen, setChosen] = useState("");
  const [showing, setShowing] = useState<Showing>("result");
  const [plan, setPlan] = useState<readonly PlanRow[]>([]);
  const layout = useLayout("sql", [0.4, 0.6]);
  const moment = at === null ? {} : { at };

  const run = async (command: string) => {
    if (command.trim() === "") return;
    setShowing("result");
    await running.start({ ref, command, ...moment });
  };
  const explain = async (command: string, really: boolean) => {
    if (command.trim() === "") return;
    setShowing("plan");
    const answer = await planning.start({ ref, command: explaining(command, really), ...moment });
    setPlan(answer ? planOf(answer.rows[0]?.[0]) : []);
  };
  const shown = chosen || draft;
  const under = showing === "plan" ? planning : running;
  return (
    <section className={styles.page} aria-label={text.data.sql}>
      <div className={styles.tools}>
        <Button look="primary" size="small" icon="play" busy={running.running} onClick={() => void run(shown)}>
          {text.data.run}
        </Button>
        <kbd className={styles.key}>Ctrl ↵</kbd>
        <Button size="small" onClick={() => void explain(shown, false)}>
          {text.data.explain}
        </Button>
        <Button size="small" title={text.data.analyseAbout} onClick={() => void explain(shown, true)}>
          {text.data.analyse}
        </Button>
        {under.running && (
          <Button size="small" icon="stop" onClick={under.stop}>
            {text.common.cancel}
          </Button>
        )}
        <span className={styles.asOf}>
          {text.data.asOf}
          <MomentMenu />
        </span>
      </div>
      <Panes
        layout={layout}
        direction="column"
        main="result"
        labelOfBorder={text.studio.border}
        panes={[
          {
            name: "editor",
            content: (
              <SqlEditor
                key={ref}
                initial={draft}
                tables={(tables.data ?? []).map((table) => table.table)}
                onChange={setDraft}
                onChosen={setChosen}
                onRun={(command) => void run(command)}
              />
            ),
          },
          {
            name: "result",
            content: (
              <div className={styles.below}>
                <div role="tablist" aria-label={text.data.result} className={styles.tabs}>
                  {(["result", "plan", "history"] as const).map((each) => (
                    <button
                      key={each}
                      type="button"
                      role="tab"
                      aria-selected={showing === each}
                      onClick={() => setShowing(each)}
                    >
                      {text.data.showing[each]}
                    </button>
                  ))}
                </div>
                {under.running && <Progress step={under.step} label={text.data.running} />}
                {showing !== "history" && under.error && <ErrorState error={under.error} inline />}
                {showing === "result" && running.result && !running.running && <SqlResult result={running.result} />}
                {showing === "result" && !running.result && !running.error && !running.running && (
                  <EmptyState icon="database" title={text.data.sqlEmpty}>
                    {text.data.sqlEmptyAbout}
                  </EmptyState>
                )}
                {showing === "plan" && !planning.error && !planning.running && <Plan rows={plan} />}
                {showing === "history" && <SqlHistory onPick={(command) => void run(command)} />}
              </div>
            ),
          },
        ]}
      />
      <footer className={styles.foot}>
        <CommandLine command={commandOf("sql.run", { ref, command: shown || "select 1", ...moment })} />
      </footer>
    </section>
  );
}

/** Puts a statement into the editor of a branch, for when its page is gone to. */
export function keepDraft(ref: string, statement: string): void {
  localStorage.setItem(keyOf(ref), statement);
}

function keyOf(ref: string): string {
  return `nacre.sql.${ref}`;
}

/** What was being written, kept per branch when one leaves the page. */
function useDraft(ref: string) {
  const key = keyOf(ref);
  const [draft, setDraft] = useState(() => localStorage.getItem(key) ?? "");
  const keep = (next: string) => {
    setDraft(next);
    localStorage.setItem(key, next);
  };
  return [draft, keep] as const;
}
