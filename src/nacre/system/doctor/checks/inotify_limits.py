"""How many folders the kernel will watch for us."""

import os
from pathlib import Path

from nacre.core.errors import Failed, NotAllowed
from nacre.core.settings import Settings
from nacre.system.doctor.check import Repairable, Verdict, ok, warn

WANTED = {"max_user_watches": 524_288, "max_user_instances": 512}
ENOUGH = {"max_user_watches": 131_072, "max_user_instances": 128}
"""A watch per folder (a node_modules has thousands) and an instance per branch; 128 is the kernel's own default."""

LIMITS = Path("/proc/sys/fs/inotify")
CONFIGURATION = Path("/etc/sysctl.d/90-nacre.conf")


class InotifyLimits(Repairable):
    title = "File watching"
    offer = f"Raise the kernel's limits on inotify, now and (in {CONFIGURATION}) after a restart."

    def look(self, settings: Settings) -> Verdict:
        now = {name: int((LIMITS / name).read_text()) for name in WANTED}
        words = f"{now['max_user_watches']:,} watches and {now['max_user_instances']:,} instances allowed"
        if all(now[name] >= ENOUGH[name] for name in ENOUGH):
            return ok(words)
        return warn(
            f"Only {words}.",
            "Every folder of a project takes a watch; where they run out, changes are found late, by scanning.",
            "As root run `nacre doctor --repair inotify-limits`.",
        )

    def repair(self, settings: Settings) -> None:
        if os.geteuid() != 0:
            raise NotAllowed("not-root", "Only root can raise the kernel's limits.", hint="Run it with sudo.")
        raised = {name: max(value, int((LIMITS / name).read_text())) for name, value in WANTED.items()}
        try:
            for name, value in raised.items():
                (LIMITS / name).write_text(f"{value}\n")
            CONFIGURATION.parent.mkdir(exist_ok=True)
            CONFIGURATION.write_text("".join(f"fs.inotify.{name} = {value}\n" for name, value in raised.items()))
        except OSError as error:
            raise Failed(
                "limits-not-raised",
                f"The limits could not be raised: {error}.",
                hint="In a container they belong to the host: raise them there.",
            ) from error
