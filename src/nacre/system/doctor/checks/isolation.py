"""What the sandboxes of workspaces will need; nothing depends on it yet."""

import shutil
from pathlib import Path

from nacre.core.settings import Settings
from nacre.engines.processes.command import run
from nacre.system.doctor.check import Check, Verdict, ok, warn

PROBE = ["bwrap", "--unshare-all", "--new-session", "--die-with-parent", "--ro-bind", "/", "/", "true"]
_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")


class Isolation(Check):
    title = "Isolation"

    def look(self, settings: Settings) -> Verdict:
        if shutil.which("bwrap") is None:
            return ok("bubblewrap is not installed", "Workspaces will need it: apt-get install bubblewrap.")
        done = run(PROBE, timeout_s=10, cwd=Path("/"))
        if done.exit_code == 0:
            return ok("bubblewrap runs with all namespaces apart")
        if _APPARMOR.exists() and _APPARMOR.read_text().strip() == "1":
            return warn(
                "AppArmor keeps ordinary users from making user namespaces.",
                "Sandboxes of workspaces are made of them (the default on Ubuntu from 24.04).",
                "Give bwrap an AppArmor profile with `userns,`, or run Nacre as root.",
            )
        words = done.stderr.decode(errors="replace").strip()
        return warn(
            f"bubblewrap cannot make a sandbox: {words}",
            "Workspaces run people's code in one.",
            "Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), or run Nacre as root.",
        )
