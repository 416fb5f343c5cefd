"""The folder that holds everything: writable, and reachable by the database user."""

import os
from pathlib import Path

from nacre.core.names import LONGEST_SLUG
from nacre.core.settings import Settings
from nacre.engines.postgres.seat import Seat
from nacre.engines.processes.users import find
from nacre.gateway.site import Site
from nacre.gateway.switchboard import room_for_names
from nacre.system.doctor.check import Check, Verdict, fail, ok, warn
from nacre.system.doctor.places import may_enter, nearest_existing


class Home(Check):
    title = "Home"

    def look(self, settings: Settings) -> Verdict:
        home = settings.home
        existing = nearest_existing(home)
        if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
            return fail(
                f"{home} cannot be written: {existing} is not open to this user.",
                "Projects, their history and all settings live there.",
                "Set NACRE_HOME to a folder of yours, or change the owner of that one.",
            )
        if not Seat(settings.pg_port, home / "run" / "pg" / str(settings.pg_port)).fits:
            return fail(
                f"The path {home} is too long.",
                "The name of a unix socket ends after 107 bytes, and each database has one under the home.",
                "Set NACRE_HOME to a shorter path.",
            )
        closed = _closed_to_service_user(settings)
        if closed is not None:
            return fail(
                f"The user “{settings.user}” cannot pass through {closed} to {home}.",
                "Databases run as that user and live in the home.",
                f"Let others pass (chmod o+x {closed}), or set NACRE_HOME to another place.",
            )
        room = room_for_names(Site.of(settings).switchboard.folder)
        if room < LONGEST_SLUG:
            return warn(
                f"Apps whose names have more than {max(room, 0)} letters cannot be reached: {home.resolve()} is long.",
                "The gateway dials each by a unix socket, whose name ends after 107 bytes, links followed.",
                "Set NACRE_HOME to a folder whose path, without links, is shorter.",
            )
        return ok(f"{home}" + ("" if home.exists() else " (made by `nacre up`)"))


def _closed_to_service_user(settings: Settings) -> Path | None:
    """The first folder on the way to the home that the service user may not enter."""
    if os.geteuid() != 0:
        return None
    account = find(settings.user) or find("nobody")
    if account is None:
        return None
    way = [folder for folder in reversed((settings.home, *settings.home.parents)) if folder.exists()]
    return next((folder for folder in way if not may_enter(folder, account.uid, account.gid)), None)
