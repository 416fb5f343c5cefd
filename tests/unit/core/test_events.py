"""Events: numbered, handed to every listener, and kept for those who come back."""

import threading

import pytest

from nacre.core.clock import Clock
from nacre.core.events import Event, EventBus


@pytest.fixture
def bus(clock: Clock) -> EventBus:
    return EventBus(clock, kept=100)


def emit(bus: EventBus, count: int = 1) -> None:
    for number in range(count):
        bus.emit("sql.run", "owner:owner", "shop", "main", {"number": number})


def test_events_are_numbered_from_one_and_carry_the_clocks_time(bus: EventBus) -> None:
    emit(bus, 3)
    events = bus.listen(lambda _: None, after=0)
    assert [event.id for event in events] == [1, 2, 3]
    assert events[0].time < events[1].time < events[2].time
    assert (events[0].project, events[0].branch, events[0].data) == ("shop", "main", {"number": 0})


def test_one_who_comes_back_gets_what_was_missed_and_then_what_follows(bus: EventBus) -> None:
    emit(bus, 5)
    heard: list[Event] = []
    missed = bus.listen(heard.append, after=3)
    emit(bus, 2)
    assert [event.id for event in missed + heard] == [4, 5, 6, 7]


def test_one_who_comes_new_gets_nothing_of_the_past(bus: EventBus) -> None:
    emit(bus, 5)
    assert bus.listen(lambda _: None) == []


def test_only_the_last_events_are_kept(bus: EventBus) -> None:
    emit(bus, 150)
    assert [event.id for event in bus.listen(lambda _: None, after=0)] == list(range(51, 151))


def test_every_listener_hears_every_event_until_it_leaves(bus: EventBus) -> None:
    first: list[Event] = []
    second: list[Event] = []
    hear_first, hear_second = first.append, second.append
    bus.listen(hear_first)
    bus.listen(hear_second)
    emit(bus)
    bus.leave(hear_first)
    bus.leave(hear_first)
    emit(bus)
    assert ([event.id for event in first], [event.id for event in second]) == ([1], [1, 2])


def test_joining_while_others_emit_neither_misses_nor_repeats_an_event(clock: Clock) -> None:
    bus = EventBus(clock)
    writers = [threading.Thread(target=emit, args=(bus, 100)) for _ in range(4)]
    for writer in writers:
        writer.start()
    joined: list[list[Event]] = []
    for _ in range(20):
        heard: list[Event] = []
        past = bus.listen(heard.append, after=0)
        heard.extend(past)
        joined.append(heard)
    for writer in writers:
        writer.join()
    for heard in joined:
        assert sorted(event.id for event in heard) == list(range(1, 401))


def test_a_listener_that_raises_is_dropped_and_fails_nobody(bus: EventBus) -> None:
    heard: list[Event] = []

    def broken(_: Event) -> None:
        raise OSError("gone")

    bus.listen(broken)
    bus.listen(heard.append)
    emit(bus, 2)
    assert [event.id for event in heard] == [1, 2]
