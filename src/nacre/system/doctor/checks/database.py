"""data.db: there, ours, whole, whether or not a daemon has it open."""

from nacre.core.errors import NacreError
from nacre.core.settings import Settings
from nacre.core.store.soundness import look, look_through, telling_damage
from nacre.system.doctor import leftovers
from nacre.system.doctor.check import Check, Verdict, fail, ok, warn

_MOST_BYTES = 4 << 30


class Database(Check):
    title = "data.db"

    def look(self, settings: Settings) -> Verdict:
        path = settings.home / "data.db"
        if not path.exists():
            return ok("Not there yet: `nacre up` makes it")
        try:
            if not leftovers.daemon_runs(settings):
                look(path, lambda table: True)
            if (size := path.stat().st_size) > _MOST_BYTES:
                return ok(f"Ours and readable; its {size >> 30} GB are looked through by the daemon: `nacre status`")
            with telling_damage(path):
                damage = look_through(path) if size else {}
        except NacreError as error:
            return fail(error.message, "Accounts, projects and knowledge are in it.", error.hint)
        if not damage:
            return ok(f"Whole ({size >> 20} MB)")
        found = "; ".join(f"{table or 'the file'}: {what}" for table, what in damage.items())
        return warn(
            f"{path} is damaged: {found}.",
            "What is in the tables that are named cannot be relied on.",
            "`nacre knowledge check NAME --repair` mends collections; see docs/how-to/mend-a-damaged-database.md too.",
        )
