"""How a statement is refused."""

from nacre.core.errors import NotAllowed


def refused(why: str) -> NotAllowed:
    return NotAllowed(
        "sql-refused",
        f"This statement is not run, since {why}.",
        hint="Generated SQL only reads what its caller may read: docs/explanation/what-generated-sql-may-do.md.",
    )
