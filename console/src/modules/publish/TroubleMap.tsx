/** The way of a request through the house, step by step: what is well, where it stops, and what to do there. */
import { useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Status, type Tone } from "../../components/Status.tsx";
import { Words } from "../../components/Words.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./TroubleMap.module.css";

type Step = OutputOf<"app.why">["steps"][number];

const TONES: Readonly<Record<Step["state"], Tone>> = {
  fine: "good",
  wrong: "bad",
  unknown: "wait",
  "not-reached": "still",
};

export function TroubleMap({ app }: { app: string }) {
  const text = useText();
  const why = useOperation("app.why", { app }, { staleTime: 0 });
  if (why.error && !why.data) return <ErrorState error={why.error} inline onRetry={() => void why.refetch()} />;
  if (!why.data) return <Progress step={null} label={text.why.looking} />;
  return (
    <div className={styles.root}>
      <p>{why.data.stops_at === null ? text.why.ok : why.data.said}</p>
      <ol className={styles.way} aria-label={text.why.title}>
        {why.data.steps.map((step) => (
          <StepOf key={step.step} step={step} stops={step.step === why.data.stops_at} />
        ))}
      </ol>
      <Button size="small" icon="refresh" busy={why.isFetching} onClick={() => void why.refetch()}>
        {text.why.again}
      </Button>
    </div>
  );
}

function StepOf({ step, stops }: { step: Step; stops: boolean }) {
  const text = useText();
  return (
    <li className={styles.step} data-stops={stops || undefined} data-state={step.state}>
      <strong>{text.why.steps[step.step] ?? step.step}</strong>
      <Status tone={TONES[step.state]}>{stops ? text.why.stopsHere : text.why.states[step.state]}</Status>
      <div className={styles.words}>
        {[step.said, step.next]
          .filter((words) => words !== "")
          .map((words) => (
            <p key={words}>
              <Words>{words}</Words>
            </p>
          ))}
        {step.lines.length > 0 && <pre className={styles.lines}>{step.lines.join("\n")}</pre>}
      </div>
    </li>
  );
}
