/** The projects of this Nacre that the person may see: find, open, create, delete. */
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { Page } from "../../components/Page.tsx";
import { SearchBox } from "../../components/SearchBox.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { When } from "../../components/When.tsx";
import { useText } from "../../i18n/text.tsx";
import { toneOf } from "../../modules/states.ts";
import { CreateProject } from "./CreateProject.tsx";
import { DeleteProject } from "./DeleteProject.tsx";
import styles from "./Projects.module.css";

type Project = OutputOf<"project.list">[number];

export default function Projects() {
  const text = useText();
  const may = useMay();
  const [creating, setCreating] = useState(false);
  const [wanted, setWanted] = useState("");
  const { data, error, refetch } = useOperation("project.list", {});
  const found = useMemo(
    () => data?.filter((project) => project.ref.includes(wanted.trim().toLowerCase())),
    [data, wanted],
  );
  const create = may("user") && (
    <Button look="primary" icon="plus" data-creates onClick={() => setCreating(true)}>
      {text.projects.create}
    </Button>
  );

  return (
    <Page
      title={text.projects.title}
      actions={
        data &&
        data.length > 0 && (
          <>
            {data.length > 5 && <SearchBox label={text.projects.search} value={wanted} onChange={setWanted} />}
            {create}
          </>
        )
      }
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !found ? (
        <Skeleton />
      ) : data?.length === 0 ? (
        <NoProjects action={create} mayCreate={may("user")} />
      ) : found.length === 0 ? (
        <EmptyState title={text.common.noMatches} />
      ) : (
        <ProjectTable projects={found} />
      )}
      {creating && <CreateProject taken={data?.map((one) => one.ref) ?? []} onClose={() => setCreating(false)} />}
    </Page>
  );
}

function ProjectTable({ projects }: { projects: readonly Project[] }) {
  const text = useText();
  const may = useMay();
  const [deleting, setDeleting] = useState<string | null>(null);
  const columns: readonly Column<Project>[] = [
    {
      key: "name",
      head: text.common.name,
      grow: true,
      cell: (project) => (
        <Link to="/projects/$ref" params={{ ref: project.ref }} className={styles.name}>
          {project.ref}
        </Link>
      ),
    },
    {
      key: "state",
      head: text.projects.state,
      cell: (project) => <Status tone={toneOf(project.state)}>{text.states[project.state] ?? project.state}</Status>,
    },
    {
      key: "created",
      head: text.projects.createdAt,
      secondary: true,
      cell: (project) => <When time={project.created_at} />,
    },
    {
      key: "menu",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (project) =>
        may("admin", project.ref) && (
          <Menu
            label={text.common.actions}
            align="end"
            button={<Icon name="more" />}
            items={[
              { label: text.projects.delete, icon: "trash", danger: true, onChoose: () => setDeleting(project.ref) },
            ]}
          />
        ),
    },
  ];
  return (
    <>
      <Table label={text.projects.title} columns={columns} rows={projects} keyOf={(project) => project.ref} />
      {deleting && <DeleteProject project={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

function NoProjects({ action, mayCreate }: { action: React.ReactNode; mayCreate: boolean }) {
  const text = useText();
  if (!mayCreate) {
    return (
      <EmptyState icon="projects" title={text.projects.emptyViewer}>
        <p>{text.projects.emptyViewerBody}</p>
      </EmptyState>
    );
  }
  const command = commandOf("project.create", { name: "shop" });
  return (
    <EmptyState icon="projects" title={text.projects.emptyTitle}>
      <p>{text.projects.emptyBody}</p>
      <div>{action}</div>
      <p className={styles.or}>{text.projects.emptyExample}</p>
      <Copyable value={command} label={text.common.sameOnCommandLine} prompt />
    </EmptyState>
  );
}
