"""The daemon: up and answering, down, or killed and leaving its socket behind."""

from nacre.core.settings import Settings
from nacre.system.doctor import leftovers
from nacre.system.doctor.check import Repairable, Verdict, fail, ok, warn


class Daemon(Repairable):
    title = "Daemon"
    offer = "Remove the socket of a daemon that no longer runs."

    def look(self, settings: Settings) -> Verdict:
        if leftovers.daemon_runs(settings):
            if leftovers.daemon_answers(settings):
                return ok("Up and answering")
            return fail(
                f"A daemon holds {settings.home} but does not answer on {settings.socket}.",
                "It is starting, stopping, or hung.",
                f"Wait some seconds; then read {settings.logs / 'daemon.log'}. Its process is named in "
                f"{settings.home / 'run' / 'daemon.pid'}: killing it harms no database, and `nacre up` takes over.",
            )
        stale = leftovers.stale_socket(settings)
        if stale is None:
            return ok("Down, and nothing left behind")
        return warn(
            f"No daemon runs, but its socket {stale} is there.",
            "The daemon was killed. Databases go on running and are adopted by the next `nacre up`.",
            "Run `nacre up`.",
        )

    def repair(self, settings: Settings) -> None:
        stale = leftovers.stale_socket(settings)
        if stale is not None:
            stale.unlink(missing_ok=True)
