/** Access tokens for programs and agents: made, shown once, revoked. */
import { useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { roleWord } from "../../modules/people/roles.ts";
import { toneOf } from "../../modules/states.ts";
import { AccountTabs } from "./AccountTabs.tsx";
import { CreateToken } from "./CreateToken.tsx";

type Token = OutputOf<"token.list">[number];

export default function Tokens() {
  const text = useText();
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const { data, error, refetch } = useOperation("token.list", {});
  const create = (
    <Button look="primary" icon="plus" data-creates onClick={() => setCreating(true)}>
      {text.tokens.create}
    </Button>
  );
  return (
    <Page title={text.rail.account} actions={data && data.length > 0 && create}>
      <AccountTabs />
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton />
      ) : data.length === 0 ? (
        <EmptyState icon="key" title={text.tokens.emptyTitle}>
          <p>{text.tokens.emptyBody}</p>
          <div>{create}</div>
          <Copyable
            value={commandOf("token.create", { name: "ci", project: ["shop"] })}
            label={text.common.sameOnCommandLine}
            prompt
          />
        </EmptyState>
      ) : (
        <TokenTable tokens={data} onRevoke={setRevoking} />
      )}
      {creating && <CreateToken onClose={() => setCreating(false)} />}
      {revoking && <RevokeToken token={revoking} onClose={() => setRevoking(null)} />}
    </Page>
  );
}

function TokenTable({ tokens, onRevoke }: { tokens: readonly Token[]; onRevoke: (token: Token) => void }) {
  const text = useText();
  const format = useFormat();
  const seesAll = useMay()("admin");
  const columns: readonly Column<Token>[] = [
    { key: "name", head: text.common.name, grow: true, cell: (token) => <strong>{token.name}</strong> },
    ...(seesAll
      ? [{ key: "person", head: text.people.person, secondary: true, cell: (token: Token) => token.person }]
      : []),
    { key: "role", head: text.people.role, cell: (token) => roleWord(text, token.role) },
    {
      key: "projects",
      head: text.rail.projects,
      secondary: true,
      cell: (token) => (token.projects ? format.list(token.projects) : text.common.all),
    },
    {
      key: "state",
      head: text.projects.state,
      cell: (token) => <Status tone={toneOf(stateOf(token))}>{text.states[stateOf(token)] ?? ""}</Status>,
    },
    {
      key: "used",
      head: text.tokens.lastUsed,
      secondary: true,
      cell: (token) => (token.last_used_at ? <When time={token.last_used_at} /> : text.common.never),
    },
    {
      key: "revoke",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (token) =>
        stateOf(token) === "active" && (
          <Button size="small" look="quiet" onClick={() => onRevoke(token)}>
            {text.tokens.revoke}
          </Button>
        ),
    },
  ];
  return <Table label={text.tokens.title} columns={columns} rows={tokens} keyOf={(token) => token.id} />;
}

function RevokeToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const revocation = useFollow("token.revoke");

  const confirm = async () => {
    if (!(await revocation.start({ id: token.id }))) return;
    toasts.show({ message: text.tokens.revoked(token.name) });
    onClose();
  };

  return (
    <ConfirmDialog
      title={text.tokens.revokeTitle(token.name)}
      name={token.name}
      action={text.tokens.revoke}
      running={revocation.running}
      error={revocation.error}
      command={commandOf("token.revoke", { id: token.id })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.tokens.revokeAbout}</p>
    </ConfirmDialog>
  );
}

function stateOf(token: Token): "active" | "revoked" | "expired" {
  if (token.revoked_at) return "revoked";
  return token.expires_at && new Date(token.expires_at) < new Date() ? "expired" : "active";
}
