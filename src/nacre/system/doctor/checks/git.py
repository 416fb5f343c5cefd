"""git, which the projects' repositories need: there, and new enough."""

from nacre.core.errors import Unavailable
from nacre.core.settings import Settings
from nacre.engines.git import program
from nacre.system.doctor.check import Check, Verdict, ok, warn


class Git(Check):
    title = "git"

    def look(self, settings: Settings) -> Verdict:
        try:
            return ok(program.require())
        except Unavailable as error:
            return warn(error.message, "Without it, projects have no repositories; all else works.", error.hint)
