"""Whether anything of Nacre listens where it should not, or for more than it should."""

from nacre.core.settings import Settings
from nacre.system.doctor.check import Check, Verdict, fail, ok
from nacre.system.doctor.leftovers import daemon_pid
from nacre.system.exposure.exposure import exposed


class Exposure(Check):
    title = "Network exposure"

    def look(self, settings: Settings) -> Verdict:
        rows = exposed(settings, daemon_pid(settings), {})
        wrong = [row for row in rows if row.state == "unexpected"]
        if not rows:
            return ok("Nothing listens now")
        if not wrong:
            far = sum(row.reach == "network" for row in rows)
            return ok(f"{len(rows)} sockets listen as configured, {far} of them reached from the network")
        first = wrong[0]
        others = f" ({len(wrong) - 1} more are like that.)" if len(wrong) > 1 else ""
        return fail(
            f"{first.address} ({first.what}) is open to more than it should be.{others}",
            first.why,
            "`nacre ports` lists all of them. Stop the process that listens, or set right the permissions of the file.",
        )
