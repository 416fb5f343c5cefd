/** What agents asked to do to published apps: a person allows that very call, or refuses it. */
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OperationName, OutputOf } from "../../api/operations.ts";
import { operations } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status, type Tone } from "../../components/Status.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useText } from "../../i18n/text.tsx";
import { titleOf } from "../../modules/palette/titles.ts";
import { nameOf } from "../../modules/publish/apps.ts";
import styles from "./Approvals.module.css";

type Approval = OutputOf<"approval.list">[number];

const TONES: Readonly<Record<string, Tone>> = { waiting: "wait", approved: "good", used: "good", denied: "bad" };

export default function Approvals() {
  const text = useText();
  const { data, error, refetch } = useOperation("approval.list", {});
  return (
    <Page title={text.approvals.title} about={text.approvals.about}>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton />
      ) : data.length === 0 ? (
        <EmptyState icon="bell" title={text.approvals.none} />
      ) : (
        <ul className={styles.list}>
          {data.map((approval) => (
            <Asked key={approval.number} approval={approval} />
          ))}
        </ul>
      )}
      <CommandLine command={commandOf("approval.list", {})} />
    </Page>
  );
}

function Asked({ approval }: { approval: Approval }) {
  const text = useText();
  const toasts = useToasts();
  const mayDecide = useMay()("admin", approval.project);
  const approving = useFollow("approval.approve");
  const denying = useFollow("approval.deny");
  const { number, operation, who } = approval;
  const title = operation in operations ? titleOf(text, operation as OperationName) : operation;
  const decide = async (decision: typeof approving | typeof denying, message: string) => {
    if (await decision.start({ number })) toasts.show({ message });
  };
  const error = approving.error ?? denying.error;
  return (
    <li className={styles.asked}>
      <div className={styles.words}>
        <p>
          {text.approvals.asks(nameOf(who))} · <When time={approval.asked_at} />
        </p>
        <p className={styles.what}>{title}</p>
        <code>{lineOf(approval)}</code>
        {error && <ErrorState error={error} inline />}
      </div>
      {approval.state === "waiting" && mayDecide ? (
        <div className={styles.buttons}>
          <Button busy={denying.running} onClick={() => void decide(denying, text.approvals.denied)}>
            {text.approvals.deny}
          </Button>
          <Button
            look="primary"
            icon="check"
            busy={approving.running}
            onClick={() => void decide(approving, text.approvals.approved)}
          >
            {text.approvals.approve}
          </Button>
        </div>
      ) : (
        <div className={styles.decided}>
          <Status tone={TONES[approval.state] ?? "still"}>
            {text.approvals.states[approval.state] ?? approval.state}
          </Status>
          {approval.decided_by && nameOf(approval.decided_by)}
        </div>
      )}
    </li>
  );
}

/** The call as it would be typed. */
function lineOf({ operation, arguments: input }: Approval): string {
  if (operation in operations) return commandOf(operation as OperationName, input as never);
  return `${operation} ${JSON.stringify(input)}`;
}
