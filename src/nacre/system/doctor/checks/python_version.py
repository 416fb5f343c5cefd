"""The Python that runs Nacre."""

import platform
import sys

from nacre.core.settings import Settings
from nacre.system.doctor.check import Check, Verdict, fail, ok

OLDEST = (3, 11)


class PythonVersion(Check):
    title = "Python"

    def look(self, settings: Settings) -> Verdict:
        if sys.version_info < OLDEST:
            return fail(
                f"Python {platform.python_version()} is too old.",
                "Nacre needs 3.11 or later.",
                "Install a newer Python, remove .venv and run ./nacre again.",
            )
        return ok(f"Python {platform.python_version()}")
