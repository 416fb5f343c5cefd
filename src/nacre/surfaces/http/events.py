"""GET /api/events: what happens, as it happens, for as long as the listener stays."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from nacre.core.errors import InvalidInput
from nacre.core.events import Event, EventBus
from nacre.core.names import MAIN, Ref
from nacre.core.principals import Principal, Role
from nacre.surfaces.http.sse import HEARTBEAT, HEARTBEAT_EVERY_S, frame

_BACKLOG = 1000


def last_seen(header: str | None) -> int | None:
    """The Last-Event-ID that a returning listener sends."""
    if header is None or header.isdecimal():
        return int(header) if header else None
    raise InvalidInput("bad-input", f"Last-Event-ID must be the id of an event, not “{header}”.")


async def follow(
    bus: EventBus, still: Callable[[], Awaitable[Principal | None]], after: int | None, closing: asyncio.Event
) -> AsyncIterator[bytes]:
    """Events that concern projects the caller may touch: those kept after `after`, then new ones until `closing`.

    `still` tells who the caller is by now: the stream ends once they are let in no more. A listener that falls 1000
    events behind is let go; it comes back with Last-Event-ID.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Event] = asyncio.Queue(_BACKLOG)
    behind = asyncio.Event()

    def put(event: Event) -> None:
        if queue.full():
            behind.set()
        else:
            queue.put_nowait(event)

    def listener(event: Event) -> None:
        loop.call_soon_threadsafe(put, event)

    missed = bus.listen(listener, after)
    try:
        yield HEARTBEAT
        who = await still()
        for event in missed:
            if who is not None and _concerns(event, who):
                yield _frame(event)
        while who is not None and not closing.is_set() and not behind.is_set():
            event_or_none = await _next(queue, closing)
            before, who = who, await still()
            if event_or_none is None:
                yield HEARTBEAT
            elif who is not None and (_concerns(event_or_none, who) or _concerns(event_or_none, before)):
                yield _frame(event_or_none)  # also to whom it shut out of a project: they must hear of that
    finally:
        bus.leave(listener)


async def _next(queue: asyncio.Queue[Event], closing: asyncio.Event) -> Event | None:
    """The next event, or None after a quiet while or when closing."""
    getting, closed = asyncio.create_task(queue.get()), asyncio.create_task(closing.wait())
    try:
        await asyncio.wait({getting, closed}, timeout=HEARTBEAT_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
        return getting.result() if getting.done() else None
    finally:
        getting.cancel()
        closed.cancel()


def _concerns(event: Event, who: Principal) -> bool:
    """What concerns the whole system is the admins' business, as the audit is, or that of the person whose it is."""
    if event.project is not None:
        return who.may_touch(event.project) and who.branch in (None, Ref(event.project, event.branch or MAIN))
    return who.projects is None and (who.role >= Role.ADMIN or event.person == who.person)


def _frame(event: Event) -> bytes:
    return frame(event.type, event.model_dump_json(), event.id)
