"""The unprivileged user that children run as when the daemon is root."""

import os
import shutil

from nacre.core.errors import Failed, NotAllowed
from nacre.core.settings import Settings
from nacre.engines.processes.users import find, service_account
from nacre.system.doctor.check import Repairable, Verdict, ok, warn


class ServiceUser(Repairable):
    title = "Unprivileged user"
    offer = "Create the system user that databases and people's programs run as."

    def look(self, settings: Settings) -> Verdict:
        if os.geteuid() != 0:
            return ok("Not needed: the daemon does not run as root")
        account = find(settings.user)
        if account is not None:
            return ok(f"{account.name} (uid {account.uid})")
        if shutil.which("useradd") is not None:
            return ok(f"{settings.user} will be created by `nacre up`")
        return warn(
            f"There is no user “{settings.user}”, and this machine has no useradd to create it.",
            "PostgreSQL refuses to run as root. Children will run as “nobody”, which other services may share.",
            f"Create a system user named {settings.user}, or set NACRE_USER to one that exists.",
        )

    def repair(self, settings: Settings) -> None:
        if os.geteuid() != 0:
            raise NotAllowed("not-root", "Only root can create a user.", hint="Run it with sudo.")
        account = service_account(settings.user)
        if account is not None and account.note:
            raise Failed("user-not-created", account.note)
