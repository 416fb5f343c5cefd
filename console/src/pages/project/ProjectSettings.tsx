/** A project's settings: how to connect, who is a member, how far back it can go, extensions, and the way out. */
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { useMayWrite } from "../../modules/branch/useMayWrite.ts";
import { useWhere } from "../../modules/branch/where.tsx";
import { Commands } from "../../modules/commands/Commands.tsx";
import { Extensions } from "../../modules/settings/Extensions.tsx";
import { HistoryKept } from "../../modules/settings/HistoryKept.tsx";
import { Members } from "../../modules/settings/Members.tsx";
import { SettingsTabs } from "./SettingsTabs.tsx";

export default function ProjectSettings() {
  const text = useText();
  const { project, ref } = useWhere();
  const mayWrite = useMayWrite(project);
  const mayDelete = useMay()("admin", project);
  const [deleting, setDeleting] = useState(false);
  return (
    <Page title={text.project.settings} about={ref}>
      <SettingsTabs />
      {mayWrite && (
        <Section title={text.projectSettings.connect} about={text.projectSettings.connectAbout}>
          <Connection />
        </Section>
      )}
      <Section title={text.projectSettings.members} about={text.projectSettings.membersAbout}>
        <Members mayChange={mayDelete} />
      </Section>
      <Section title={text.projectSettings.history} about={text.projectSettings.historyAbout}>
        <HistoryKept />
      </Section>
      <Section title={text.projectSettings.extensions} about={text.projectSettings.extensionsAbout}>
        <Extensions />
      </Section>
      <Section title={text.commands.title} about={text.commands.about}>
        <Commands />
      </Section>
      {mayDelete && (
        <Section title={text.projectSettings.end} about={text.projects.deleteBody}>
          <Button look="danger" icon="trash" onClick={() => setDeleting(true)}>
            {text.projects.delete}
          </Button>
        </Section>
      )}
      {deleting && <DeleteProject onClose={() => setDeleting(false)} />}
    </Page>
  );
}

function Connection() {
  const text = useText();
  const { ref } = useWhere();
  const url = useOperation("project.url", { ref });
  const shown = useOperation("project.show", { ref });
  if (url.error) return <ErrorState error={url.error} inline onRetry={() => void url.refetch()} />;
  if (!url.data) return <Skeleton lines={2} />;
  return (
    <>
      <Copyable value={url.data.url} label={text.project.connection} />
      <Copyable value={`psql '${url.data.url}'`} label="psql" prompt />
      <Copyable value={`export DATABASE_URL='${url.data.url}'`} label="DATABASE_URL" prompt />
      {shown.data?.files_path && <Copyable value={shown.data.files_path} label={text.project.path} />}
      <CommandLine command={commandOf("project.url", { ref })} />
    </>
  );
}

function DeleteProject({ onClose }: { onClose: () => void }) {
  const text = useText();
  const navigate = useNavigate();
  const toasts = useToasts();
  const { project } = useWhere();
  const deleting = useFollow("project.delete");
  const confirm = async () => {
    const removed = await deleting.start({ ref: project });
    if (!removed) return;
    toasts.show({ message: text.projects.deleted(project), tookMs: removed.seconds * 1000 });
    await navigate({ to: "/projects" });
  };
  return (
    <ConfirmDialog
      title={text.projects.deleteTitle(project)}
      name={project}
      action={text.common.delete}
      running={deleting.running}
      step={deleting.step}
      error={deleting.error}
      command={commandOf("project.delete", { ref: project })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.projects.deleteBody}</p>
    </ConfirmDialog>
  );
}
