"""Who is told of what, of all that happens."""

import asyncio
from typing import Any

import pytest

from nacre.core.clock import system_clock
from nacre.core.events import EventBus
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.surfaces.http.events import follow


def person(name: str, role: Role = Role.USER, **more: Any) -> Principal:
    return Principal(Kind.PERSON, name, role, person=name, members_only=role is Role.USER, **more)


@pytest.mark.parametrize(
    ("who", "told"),
    [
        (person("ann"), ["ann's", "shop's"]),
        (person("ann", projects=frozenset({"shop"})), ["shop's"]),
        (person("bob"), []),
        (person("root", Role.ADMIN), ["system's", "ann's", "shop's"]),
        (OWNER, ["system's", "ann's", "shop's"]),
    ],
)
def test_what_concerns_a_person_is_told_to_them_and_to_admins(who: Principal, told: list[str]) -> None:
    if who.name == "ann":
        who = Principal(**{**vars(who), "memberships": {"shop": Role.USER}})
    bus = EventBus(system_clock)
    bus.emit("system's", "nacre", None, None, {})
    bus.emit("ann's", "nacre", None, None, {}, person="ann")
    bus.emit("shop's", "nacre", "shop", None, {}, person="ann")

    async def still() -> Principal:
        return who

    async def seen() -> list[str]:
        closing = asyncio.Event()
        closing.set()
        return [frame.decode() async for frame in follow(bus, still, 0, closing)]

    frames = asyncio.run(seen())
    assert [name for name in ("system's", "ann's", "shop's") if any(name in frame for frame in frames)] == told
