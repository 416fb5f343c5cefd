"""Who asked for something that is done later: what is kept of them, and what they may do by then."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from nacre.core.errors import NotAllowed
from nacre.core.principals import Kind, Principal, Role

Standing = Callable[[Connection, str], Principal | None]
"""A person as a caller, with the rights that they have now; None if there is none who may call."""


def kept(who: Principal) -> dict[str, Any]:
    """As JSON. A person's rights are not kept, they are looked up; the limits of a token are."""
    return {
        "kind": who.kind.value,
        "name": who.name,
        "person": who.person,
        "role": who.highest_role.word,
        "projects": None if who.projects is None else sorted(who.projects),
    }


def by_now(standing: Standing, connection: Connection, asker: Mapping[str, Any]) -> Principal:
    """With their rights of now, cut down to what they had then. Raises NotAllowed "asker-gone"."""
    person = standing(connection, asker["person"])
    if person is None:
        raise NotAllowed(
            "asker-gone",
            f"{asker['person']}, who asked for it, is not let in any more.",
            hint="Somebody who may fill the collection has to send it again.",
        )
    projects = asker["projects"]
    return replace(
        person.at_most(Role.of(asker["role"])),
        kind=Kind(asker["kind"]),
        name=asker["name"],
        projects=None if projects is None else frozenset(projects),
    )
