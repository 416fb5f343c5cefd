/** The extensions of Postgres that the branch's database may have, and those it has. */
import { useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import styles from "./Extensions.module.css";

export function Extensions() {
  const text = useText();
  const toasts = useToasts();
  const { ref, at, writable } = useWhere();
  const [wanted, setWanted] = useState("");
  const enabling = useFollow("extension.enable");
  const extensions = useOperation("extension.list", at === null ? { ref } : { ref, at });
  if (extensions.error) return <ErrorState error={extensions.error} inline onRetry={() => void extensions.refetch()} />;
  if (!extensions.data) return <Skeleton />;
  const enable = async (extension: string) => {
    const done = await enabling.start({ ref, extension });
    if (done) toasts.show({ message: text.projectSettings.enabled(done.extension) });
  };
  return (
    <>
      <input
        type="search"
        className={styles.search}
        aria-label={text.common.filter}
        placeholder={text.common.filter}
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
      />
      {enabling.error && <ErrorState error={enabling.error} inline />}
      <div className={styles.list}>
        <Table
          label={text.projectSettings.extensions}
          rows={extensions.data.filter((each) =>
            `${each.name} ${each.about}`.toLowerCase().includes(wanted.toLowerCase()),
          )}
          keyOf={(each) => each.name}
          columns={[
            { key: "name", head: text.common.name, cell: (each) => <code>{each.name}</code> },
            { key: "version", head: text.projectSettings.version, cell: (each) => each.version },
            {
              key: "about",
              head: text.projectSettings.about,
              grow: true,
              secondary: true,
              cell: (each) => each.about,
            },
            {
              key: "state",
              head: text.projects.state,
              cell: (each) =>
                each.enabled ? (
                  <Status tone="good">{text.projectSettings.isEnabled}</Status>
                ) : (
                  <Button size="small" disabled={!writable || enabling.running} onClick={() => void enable(each.name)}>
                    {text.projectSettings.enable}
                  </Button>
                ),
            },
          ]}
        />
      </div>
      <CommandLine command={commandOf("extension.enable", { ref, extension: "vector" })} />
    </>
  );
}
