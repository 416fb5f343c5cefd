"""How limits are held, in words."""

from nacre.engines.sandbox.cgroups import Hierarchies

_COUNTED = "the user namespace's own count (RLIMIT_NPROC); there is no control group"


def held_limits(where: Hierarchies, *, own_users: bool) -> dict[str, str]:
    """The limits that hold whatever the driver, by name; what nothing holds is missing."""
    words = {
        "cpu": where.words("cpu"),
        "memory": where.words("memory") or "each process by itself (RLIMIT_DATA); there is no control group",
        "process-count": where.words("pids") or (_COUNTED if own_users else ""),
        "disk": "each file at once (RLIMIT_FSIZE); folders are measured, and all processes ended beyond the limit",
        "log": "256 kB of each process's output in memory, and a cap on its log",
    }
    return {name: said for name, said in words.items() if said}
