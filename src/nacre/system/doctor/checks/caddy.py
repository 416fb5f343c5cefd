"""Caddy, which the gateway runs on: there, and new enough."""

from nacre.core.settings import Settings
from nacre.engines.caddy import program
from nacre.system.doctor.check import Check, Verdict, fail, ok


class Caddy(Check):
    title = "Caddy"

    def look(self, settings: Settings) -> Verdict:
        if settings.mode == "slim":
            return ok("Not needed in slim mode")
        found = program.find()
        version = program.version(found)
        said = ".".join(str(part) for part in version)
        if version < program.OLDEST:
            return fail(
                f"{found} is Caddy {said}.",
                f"The gateway needs {'.'.join(str(part) for part in program.OLDEST)} or later.",
                "Run ./nacre again to complete the environment, which brings one.",
            )
        return ok(f"{said}, {found}")
