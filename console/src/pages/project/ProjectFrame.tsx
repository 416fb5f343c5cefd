/** The frame of a project's pages: the bar with branch and moment, what is under way, and the page below. */
import { Link, Outlet, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { useOperation } from "../../api/hooks.ts";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useText } from "../../i18n/text.tsx";
import { PastBanner, ProjectBar, TravelBanner } from "../../modules/branch/ProjectBar.tsx";
import { useMayWrite } from "../../modules/branch/useMayWrite.ts";
import { MAIN, refOf, type Where, WhereContext } from "../../modules/branch/where.tsx";
import { TravelProvider } from "../../modules/time/travel.tsx";
import styles from "./ProjectFrame.module.css";

export default function ProjectFrame() {
  const { ref } = useParams({ from: "/signed-in/projects/$ref" });
  const { at = null } = useSearch({ from: "/signed-in/projects/$ref" });
  const text = useText();
  const navigate = useNavigate();
  const [project = ref, branch = MAIN] = ref.split(":");
  const mayWrite = useMayWrite(project);
  const shown = useOperation("project.show", { ref });

  useEffect(() => {
    document.title = `${ref} · Nacre`;
  }, [ref]);

  const where = useMemo<Where>(
    () => ({
      project,
      branch,
      ref,
      at,
      writable: mayWrite && at === null,
      goTo: (there) => {
        const next = there.at === undefined ? at : there.at;
        void navigate({
          to: ".",
          params: { ref: refOf(project, there.branch ?? branch) },
          search: (now) => ({ ...now, at: next ?? undefined }) as never,
        });
      },
    }),
    [project, branch, ref, at, mayWrite, navigate],
  );
  if (shown.error)
    return (
      <ErrorState error={shown.error} onRetry={() => void shown.refetch()}>
        <Link to="/projects">{text.error.toProjects}</Link>
      </ErrorState>
    );
  if (!shown.data) return <Skeleton />;
  return (
    <WhereContext value={where}>
      <TravelProvider>
        <div className={styles.frame} data-past={at !== null || undefined}>
          <ProjectBar mayWrite={mayWrite} />
          <PastBanner mayWrite={mayWrite} />
          <TravelBanner />
          <div className={styles.page}>
            <Outlet key={ref} />
          </div>
        </div>
      </TravelProvider>
    </WhereContext>
  );
}
