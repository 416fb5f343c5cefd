"""How databases and the side-car speak with each other. A branch may be behind: rewound, or not brought on yet.

The side-car understands every SQL side that was ever released: functions and arguments are added, and what it calls in
a database (llm_data.work, claim, store …) stays as it is. A change that an older side-car would misunderstand takes the
next number here; SQL sides tell theirs, and one that is ahead is refused with what to do.
"""

from nacre.core.errors import Conflict

PROTOCOL = 1


def check_understood(spoken: int, who: str) -> None:
    """Raises Conflict "pg-llm-newer" where the SQL side of `who` speaks a later protocol."""
    if spoken > PROTOCOL:
        raise Conflict(
            "pg-llm-newer",
            f"pg_llm in {who} is newer than this Nacre: it speaks protocol {spoken}, and the side-car {PROTOCOL}.",
            hint="Upgrade Nacre, or rewind the branch to before its pg_llm was updated.",
        )
