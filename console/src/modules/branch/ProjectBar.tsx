/** The bar on top of a project: name ▸ branch ▸ moment, and the tabs. What lies below it obeys branch and moment. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { Button } from "../../components/Button.tsx";
import { Icon, type IconName } from "../../components/Icon.tsx";
import { Progress } from "../../components/Progress.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { PublishButton } from "../publish/PublishButton.tsx";
import { RewindDialog } from "../time/RewindDialog.tsx";
import { useTravel } from "../time/travel.tsx";
import { BranchSwitcher } from "./BranchSwitcher.tsx";
import { MomentMenu } from "./MomentMenu.tsx";
import { NewBranch } from "./NewBranch.tsx";
import styles from "./ProjectBar.module.css";
import { useWhere } from "./where.tsx";

export type Tab = "studio" | "time" | "data" | "models" | "publish" | "settings";

const TABS: readonly (readonly [Tab, IconName])[] = [
  ["studio", "code"],
  ["time", "moment"],
  ["data", "database"],
  ["models", "models"],
  ["publish", "publish"],
  ["settings", "settings"],
];

export function ProjectBar({ mayWrite }: { mayWrite: boolean }) {
  const text = useText();
  const where = useWhere();
  const isProduction = useOperation("project.show", { ref: where.ref }).data?.production ?? false;
  return (
    <header className={styles.bar} data-past={where.at !== null || undefined}>
      <div className={styles.where}>
        <strong className={styles.name}>{where.project}</strong>
        <Icon name="right" size={12} />
        <BranchSwitcher mayWrite={mayWrite} />
        <Icon name="right" size={12} />
        <MomentMenu />
        {mayWrite && !isProduction && <PublishButton size="small" />}
      </div>
      <nav className={styles.tabs} aria-label={where.project}>
        {TABS.map(([tab, icon]) => (
          <Link
            key={tab}
            to={`/projects/$ref/${tab}`}
            params={{ ref: where.ref }}
            search={where.at === null ? {} : { at: where.at }}
            className={styles.tab}
            activeProps={{ "aria-current": "page" }}
          >
            <Icon name={icon} />
            {text.project[tab]}
          </Link>
        ))}
      </nav>
    </header>
  );
}

/** In the past: what one looks at, that nothing can be changed there, and the two ways on. */
export function PastBanner({ mayWrite }: { mayWrite: boolean }) {
  const text = useText();
  const format = useFormat();
  const where = useWhere();
  const [asked, setAsked] = useState<"rewind" | "branch" | null>(null);
  const close = () => setAsked(null);
  if (where.at === null) return null;
  return (
    <section className={styles.past} aria-label={text.project.moment}>
      <Icon name="moment" />
      <p>{text.project.lookingAt(format.dateTime(where.at))}</p>
      {mayWrite && (
        <>
          <Button size="small" icon="rewind" onClick={() => setAsked("rewind")}>
            {text.project.rewindHere}
          </Button>
          <Button size="small" icon="branch" onClick={() => setAsked("branch")}>
            {text.project.branchHere}
          </Button>
        </>
      )}
      <Button size="small" look="quiet" onClick={() => where.goTo({ at: null })}>
        {text.project.backToNow}
      </Button>
      {asked === "rewind" && <RewindDialog time={where.at} onClose={close} />}
      {asked === "branch" && <NewBranch at={where.at} onClose={close} />}
    </section>
  );
}

/** How far a rewind, undo or reset is, on whichever tab one is meanwhile. */
export function TravelBanner() {
  const text = useText();
  const { underWay, rewinding, undoing, reset } = useTravel();
  if (underWay === null) return null;
  const journey = { rewind: rewinding, undo: undoing, reset }[underWay];
  return (
    <div className={styles.travel}>
      <Progress step={journey.step} label={text.time.underWay[underWay]} />
    </div>
  );
}
