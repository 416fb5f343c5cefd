/** An app's own names, and how their certificates stand. */
import { type FormEvent, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { TextField } from "../../components/Field.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status, type Tone } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { Words } from "../../components/Words.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./Apps.module.css";
import { useApp, useMayConfigure } from "./app.tsx";

type Domain = OutputOf<"app.domain.list">[number];

const DNS_TONES: Readonly<Record<Domain["dns"], Tone>> = { here: "good", elsewhere: "bad", nowhere: "wait" };
const CERTIFICATE_TONES: Readonly<Record<Domain["certificate"], Tone>> = {
  valid: "good",
  "at-first-visit": "wait",
  "waits-for-dns": "wait",
};
const EVERY_MS = 5_000; // DNS and authorities make no event

export default function Domains() {
  const text = useText();
  const toasts = useToasts();
  const { name: app } = useApp();
  const mayConfigure = useMayConfigure();
  const domains = useOperation("app.domain.list", { app }, { refetchInterval: EVERY_MS });
  const adding = useFollow("app.domain.add");
  const removing = useFollow("app.domain.remove");

  const remove = async (name: string) => {
    if (!(await removing.start({ app, name }))) return;
    toasts.show({
      message: text.apps.domains.removed(name),
      undo: () => void adding.start({ app, name }),
    });
  };
  const columns: readonly Column<Domain>[] = [
    {
      key: "domain",
      head: text.apps.domains.domain,
      grow: true,
      cell: (one) => (
        <>
          <a href={one.url} target="_blank" rel="noreferrer">
            {one.shown}
          </a>
          {one.next && (
            <p className={styles.wrapped}>
              <Words>{one.next}</Words>
            </p>
          )}
        </>
      ),
    },
    {
      key: "dns",
      head: "DNS",
      cell: (one) => <Status tone={DNS_TONES[one.dns]}>{text.apps.domains.dns[one.dns]}</Status>,
    },
    {
      key: "certificate",
      head: text.apps.domains.certificate,
      cell: (one) => (
        <Status tone={CERTIFICATE_TONES[one.certificate]}>{text.apps.domains.certificates[one.certificate]}</Status>
      ),
    },
    {
      key: "remove",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (one) =>
        mayConfigure && (
          <Button size="small" disabled={removing.running} onClick={() => void remove(one.name)}>
            {text.apps.domains.remove}
          </Button>
        ),
    },
  ];
  const error = adding.error ?? removing.error;
  return (
    <>
      <p className={styles.soft}>{text.apps.domains.about}</p>
      {domains.error && <ErrorState error={domains.error} inline onRetry={() => void domains.refetch()} />}
      {!domains.data ? (
        <Skeleton lines={2} />
      ) : domains.data.length === 0 ? (
        <p className={styles.soft}>{text.apps.domains.none}</p>
      ) : (
        <Table label={text.apps.domains.title} columns={columns} rows={domains.data} keyOf={(one) => one.name} />
      )}
      {mayConfigure && (
        <AddDomain
          running={adding.running}
          onAdd={async (name) => {
            if (!(await adding.start({ app, name }))) return false;
            toasts.show({ message: text.apps.domains.added(name) });
            return true;
          }}
        />
      )}
      {error && <ErrorState error={error} inline />}
      <CommandLine command={commandOf("app.domain.add", { app, name: "shop.example.com" })} />
    </>
  );
}

function AddDomain({ running, onAdd }: { running: boolean; onAdd: (domain: string) => Promise<boolean> }) {
  const text = useText();
  const [domain, setDomain] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await onAdd(domain.trim())) setDomain("");
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <TextField
        label={text.apps.domains.domain}
        hint={text.apps.domains.hint}
        value={domain}
        placeholder="shop.example.com"
        onChange={(event) => setDomain(event.target.value)}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
      />
      <Button type="submit" icon="plus" busy={running} disabled={domain.trim() === ""}>
        {text.apps.domains.add}
      </Button>
    </form>
  );
}
