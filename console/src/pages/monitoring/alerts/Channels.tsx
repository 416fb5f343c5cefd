/** Where alerts are sent: added by kind, tested, removed. */
import { useState } from "react";
import { useFollow, useOperation } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { ConfirmDialog } from "../../../components/ConfirmDialog.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Icon } from "../../../components/Icon.tsx";
import { Menu } from "../../../components/Menu.tsx";
import { Section } from "../../../components/Page.tsx";
import { Progress } from "../../../components/Progress.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { Status } from "../../../components/Status.tsx";
import { type Column, Table } from "../../../components/Table.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { When } from "../../../components/When.tsx";
import { useText } from "../../../i18n/text.tsx";
import type { Channel } from "../../../modules/alerts/alerts.ts";
import { CHANNEL_KINDS, type ChannelKind, kindOf } from "../../../modules/alerts/channels.ts";
import { AlertFrame } from "./AlertFrame.tsx";
import styles from "./Alerts.module.css";
import { ChannelDialog } from "./ChannelDialog.tsx";

export default function Channels() {
  const text = useText();
  const [adding, setAdding] = useState<ChannelKind | null>(null);
  const channels = useOperation("alert.channel.list", {});
  const words = text.alerts.channels;
  return (
    <AlertFrame>
      {channels.error && !channels.data ? (
        <ErrorState error={channels.error} onRetry={() => void channels.refetch()} />
      ) : !channels.data ? (
        <Skeleton />
      ) : (
        <>
          {channels.data.length > 0 && (
            <>
              <p className={styles.soft}>{words.about}</p>
              <ChannelTable channels={channels.data} />
            </>
          )}
          <Section
            title={channels.data.length > 0 ? words.add : words.empty.title}
            about={channels.data.length > 0 ? undefined : words.empty.about}
          >
            <ul className={styles.kinds}>
              {CHANNEL_KINDS.map((kind) => (
                <li key={kind}>
                  <button type="button" onClick={() => setAdding(kind)}>
                    <strong>{words.kinds[kind].title}</strong>
                    <span className={styles.soft}>{words.kinds[kind].about}</span>
                  </button>
                </li>
              ))}
            </ul>
          </Section>
        </>
      )}
      <CommandLine command={commandOf("alert.channel.list", {})} />
      {adding && (
        <ChannelDialog
          kind={adding}
          taken={channels.data?.map(({ name }) => name) ?? []}
          onClose={() => setAdding(null)}
        />
      )}
    </AlertFrame>
  );
}

function ChannelTable({ channels }: { channels: readonly Channel[] }) {
  const text = useText();
  const toasts = useToasts();
  const testing = useFollow("alert.channel.test");
  const removing = useFollow("alert.channel.remove");
  const [tested, setTested] = useState<string | null>(null);
  const [leaving, setLeaving] = useState<Channel | null>(null);
  const words = text.alerts.channels;
  const test = async (name: string) => {
    const began = performance.now();
    setTested(name);
    if (!(await testing.start({ channel: name }))) return;
    toasts.show({ message: words.tested(name), tookMs: performance.now() - began });
  };
  const remove = async (name: string) => {
    if (!(await removing.start({ channel: name }))) return;
    setLeaving(null);
    toasts.show({ message: words.removed(name) });
  };
  const columns: readonly Column<Channel>[] = [
    {
      key: "name",
      head: words.name,
      grow: true,
      cell: (channel) => (
        <span className={styles.named}>
          <strong>{channel.name}</strong>
          <span className={styles.soft}>
            {words.kinds[kindOf(channel.address)].title} · <code>{channel.address}</code>
          </span>
        </span>
      ),
    },
    { key: "level", head: words.level, secondary: true, cell: (channel) => words.from[channel.least_level] },
    { key: "last", head: words.last, cell: (channel) => <Last channel={channel} /> },
    {
      key: "test",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (channel) => (
        <span className={styles.doing}>
          <Button
            size="small"
            busy={testing.running && tested === channel.name}
            disabled={testing.running}
            onClick={() => void test(channel.name)}
          >
            {words.test}
          </Button>
          <Menu
            label={`${text.common.actions}: ${channel.name}`}
            align="end"
            button={<Icon name="more" />}
            items={[{ label: words.remove, icon: "trash", danger: true, onChoose: () => setLeaving(channel) }]}
          />
        </span>
      ),
    },
  ];
  return (
    <>
      <Table label={words.name} columns={columns} rows={channels} keyOf={(channel) => channel.name} />
      {testing.running && <Progress step={testing.step} label={words.testing} />}
      {testing.error && <ErrorState error={testing.error} inline />}
      {leaving && (
        <ConfirmDialog
          title={words.removeTitle(leaving.name)}
          name={leaving.name}
          action={words.remove}
          running={removing.running}
          error={removing.error}
          command={commandOf("alert.channel.remove", { channel: leaving.name })}
          onConfirm={() => void remove(leaving.name)}
          onClose={() => setLeaving(null)}
        >
          <p>{words.removeAbout}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function Last({ channel }: { channel: Channel }) {
  const text = useText();
  const words = text.alerts.channels;
  if (channel.last_error) {
    return (
      <span className={styles.told} title={channel.last_error}>
        <Status tone="bad">{words.failed}</Status>
        <span className={styles.because}>{channel.last_error}</span>
      </span>
    );
  }
  return channel.last_sent_at ? (
    <When time={channel.last_sent_at} />
  ) : (
    <span className={styles.soft}>{text.common.never}</span>
  );
}
