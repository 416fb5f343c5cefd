/** Whether this machine has what Nacre needs: asked for, since it tries things out. */
import { useFollow } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Section } from "../../components/Page.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Status, type Tone } from "../../components/Status.tsx";
import { Words } from "../../components/Words.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./System.module.css";

type Finding = OutputOf<"system.doctor">[number];

const TONES: Readonly<Record<Finding["level"], Tone>> = { ok: "good", warn: "wait", fail: "bad" };
const WORST_FIRST: readonly Finding["level"][] = ["fail", "warn", "ok"];

export function Doctor() {
  const text = useText();
  const examination = useFollow("system.doctor");
  const findings = examination.result?.toSorted((a, b) => WORST_FIRST.indexOf(a.level) - WORST_FIRST.indexOf(b.level));
  return (
    <Section
      title={text.system.doctor}
      about={text.system.doctorAbout}
      actions={
        <Button busy={examination.running} onClick={() => void examination.start({})}>
          {text.system.examine}
        </Button>
      }
    >
      {examination.running && <Progress step={examination.step} />}
      {examination.error && <ErrorState error={examination.error} inline />}
      {findings && (
        <ul className={styles.findings}>
          {findings.map((finding) => (
            <li key={finding.id} className={styles.finding}>
              <Status tone={TONES[finding.level]}>{text.system.levels[finding.level] ?? finding.level}</Status>
              <div>
                <strong>{finding.title}</strong>
                <p>
                  <Words>{finding.what}</Words>
                </p>
                {finding.why && (
                  <p>
                    <Words>{finding.why}</Words>
                  </p>
                )}
                {finding.next && (
                  <p>
                    <Words>{finding.next}</Words>
                  </p>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      <CommandLine command={commandOf("system.doctor", {})} />
    </Section>
  );
}
