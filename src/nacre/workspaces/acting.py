"""Whose workspace a call is about, and whether the caller may act in it."""

from nacre.core.errors import InvalidInput, NotAllowed
from nacre.core.names import Ref, check_slug
from nacre.core.principals import Principal, Role


def acting_for(who: Principal, person: str | None, ref: Ref) -> str:
    """The person in whose workspace `who` acts: their own unless an admin names another one's.

    Raises NotAllowed "not-yours", InvalidInput.
    """
    chosen = looking_at(who, person)
    if chosen != who.person and (who.role_in(ref.project) or Role.VIEWER) < Role.ADMIN:
        raise NotAllowed(
            "not-yours",
            f"This is the workspace of “{chosen}”; {who} may look at it, and act only in their own.",
            hint="An admin of the project may act in anybody's.",
        )
    return chosen


def looking_at(who: Principal, person: str | None) -> str:
    """The person whose workspace `who` asks about. Raises InvalidInput "bad-name" or "no-person"."""
    chosen = person or who.person
    if not chosen:
        raise InvalidInput("no-person", f"No person stands behind {who}.", hint="Say whose workspace: `--person`.")
    return check_slug(chosen, "person")
