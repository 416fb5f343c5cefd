/** The browsers that a person is signed in with; each can be signed out. */
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Badge } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./Account.module.css";
import { browserOf } from "./agents.ts";

type Session = OutputOf<"session.list">[number];

/** Without `person`: one's own. */
export function Browsers({ person }: { person?: string }) {
  const text = useText();
  const toasts = useToasts();
  const { data, error, refetch } = useOperation("session.list", person ? { person } : {});
  const ending = useFollow("session.end");
  const endingOthers = useFollow("session.end-others");

  const endOthers = async () => {
    const done = await endingOthers.start({});
    if (done) toasts.show({ message: text.account.signedOutOthers(done.ended) });
  };

  const columns: readonly Column<Session>[] = [
    {
      key: "browser",
      head: text.account.browser,
      grow: true,
      cell: (session) => (
        <span className={styles.browser}>
          {browserOf(session.agent) ?? text.account.unknownBrowser}
          {session.current && <Badge tone="accent">{text.account.thisOne}</Badge>}
        </span>
      ),
    },
    { key: "address", head: text.account.address, secondary: true, cell: (session) => <code>{session.address}</code> },
    { key: "used", head: text.account.lastUsed, cell: (session) => <When time={session.last_used_at} /> },
    {
      key: "end",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (session) =>
        !session.current && (
          <Button size="small" look="quiet" onClick={() => void ending.start({ id: session.id })}>
            {text.rail.signOut}
          </Button>
        ),
    },
  ];

  return (
    <Section
      title={text.account.browsers}
      about={person ? undefined : text.account.browsersAbout}
      actions={
        !person &&
        data &&
        data.length > 1 && (
          <Button busy={endingOthers.running} onClick={() => void endOthers()}>
            {text.account.signOutOthers}
          </Button>
        )
      }
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={2} />
      ) : data.length === 0 ? (
        <p className={styles.none}>{text.account.noBrowsers}</p>
      ) : (
        <Table label={text.account.browsers} columns={columns} rows={data} keyOf={(session) => session.id} />
      )}
    </Section>
  );
}
