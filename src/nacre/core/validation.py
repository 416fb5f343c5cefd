"""What is wrong with something that was given, as people read it."""

from pydantic import ValidationError


def first_fault(error: ValidationError, whole: str = "") -> tuple[str, str]:
    """The place of the first thing that is wrong, as `a.b`, or `whole`; and what is wrong with it."""
    first = error.errors()[0]
    return ".".join(str(part) for part in first["loc"]) or whole, first["msg"]
