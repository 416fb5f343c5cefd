/** The branch one is on: go to another, make one, compare, reset, delete. */
import { useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { Icon } from "../../components/Icon.tsx";
import { Menu, type MenuItem } from "../../components/Menu.tsx";
import { Badge } from "../../components/Status.tsx";
import { useText } from "../../i18n/text.tsx";
import { CompareBranches } from "./CompareBranches.tsx";
import { DeleteBranch } from "./DeleteBranch.tsx";
import { NewBranch } from "./NewBranch.tsx";
import styles from "./ProjectBar.module.css";
import { ResetBranch } from "./ResetBranch.tsx";
import { MAIN, useWhere } from "./where.tsx";

type Asked = "new" | "compare" | "reset" | "delete" | null;

export function BranchSwitcher({ mayWrite }: { mayWrite: boolean }) {
  const text = useText();
  const where = useWhere();
  const [asked, setAsked] = useState<Asked>(null);
  const branches = useOperation("branch.list", { ref: where.project });
  const isProduction = branches.data?.find((branch) => branch.branch === where.branch)?.production ?? false;
  const close = () => setAsked(null);

  const named = ({ branch, production }: { branch: string; production: boolean }) => (
    <span className={styles.branch}>
      {branch}
      {production && <Badge tone="good">{text.apps.productionMark}</Badge>}
    </span>
  );

  const items: MenuItem[] = (branches.data ?? []).map((branch) => ({
    label: named(branch),
    checked: branch.branch === where.branch,
    onChoose: () => where.goTo({ branch: branch.branch, at: null }),
  }));
  if (mayWrite) {
    items.push({ label: text.branch.new, icon: "plus", separated: true, onChoose: () => setAsked("new") });
    if ((branches.data?.length ?? 0) > 1) {
      items.push({ label: text.branch.compare, icon: "diff", onChoose: () => setAsked("compare") });
    }
    if (where.branch !== MAIN) {
      items.push(
        { label: text.branch.reset, icon: "rewind", separated: true, onChoose: () => setAsked("reset") },
        { label: text.branch.delete, icon: "trash", danger: true, onChoose: () => setAsked("delete") },
      );
    }
  }
  return (
    <>
      <Menu
        label={`${text.project.switchBranch}: ${where.branch}${isProduction ? ` ${text.apps.productionMark}` : ""}`}
        className={styles.choice}
        button={
          <>
            <Icon name="branch" />
            <span className={styles.chosen}>{where.branch}</span>{" "}
            {isProduction && <Badge tone="good">{text.apps.productionMark}</Badge>}
            <Icon name="down" size={12} />
          </>
        }
        items={items}
      />
      {asked === "new" && <NewBranch at={where.at} onClose={close} />}
      {asked === "compare" && (
        <CompareBranches branches={(branches.data ?? []).map((branch) => branch.branch)} onClose={close} />
      )}
      {asked === "reset" && <ResetBranch onClose={close} />}
      {asked === "delete" && <DeleteBranch onClose={close} />}
    </>
  );
}
