"""The verbs of alerts, by whoever may call them: what was told, and what a rule would find."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.integration.monitoring.receiver import receiver
from tests.waiting import eventually

from nacre.core.clock import system_clock
from nacre.core.errors import InvalidInput
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.llm.elsewhere.certificate import context_of, own
from nacre.monitoring.alerts import sending
from nacre.monitoring.alerts.alerter import Alerter
from nacre.monitoring.alerts.book import AlertBook, Turn
from nacre.monitoring.alerts.channels import Channels
from nacre.monitoring.alerts.messenger import Messenger
from nacre.monitoring.alerts.operations import History, TryRule, list_events, try_rule
from nacre.monitoring.alerts.rules import DEFAULTS, Level
from nacre.monitoring.alerts.sending import Message, handed_over
from nacre.monitoring.alerts.states import News
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.upkeep import UPKEEP
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import sample

BEN = Principal(Kind.PERSON, "ben", Role.USER, projects=frozenset({"shop"}))
DOWN = next(rule for rule in DEFAULTS if rule.name == "postgres-down")
NAN = float("nan")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "data.db")) as store:
        yield store


def test_what_was_told_is_found_behind_all_that_is_none_of_ones_business(store: Store) -> None:
    book, now = AlertBook(store, system_clock), datetime.now(UTC)
    book.note(
        [
            Turn((DOWN.name, label), DOWN, None, News.FIRED, 0, now, changed=True)
            for label in ["shop", *["other"] * 7, "shop"]
        ]
    )
    told = list_events(book, BEN, History(limit=2)).root
    assert [(one.label, one.unit) for one in told] == [("shop", ""), ("shop", "")]
    assert [one.id for one in list_events(book, BEN, History(limit=2, before=told[0].id)).root] == [told[1].id]
    assert len(list_events(book, OWNER, History(rule=DOWN.name, label="other")).root) == 7
    assert not list_events(book, OWNER, History(rule="lock-wait")).root


def test_a_rule_is_tried_before_it_is_kept(store: Store, tmp_path: Path) -> None:
    ring, book = Ring(), AlertBook(store, system_clock)
    channels = Channels(store, SecretBox(tmp_path / "key"), system_clock, handed_over)
    alerter = Alerter(ring, book, channels, system_clock, "")
    for label, used in (("shop", 80.0), ("shop:try", 10.0), ("blog", NAN)):
        known = {"connections": used, "connections_most": 100.0}
        ring.add(sample(CLUSTER, label, 1, tuple(known.get(measure.name, NAN) for measure in CLUSTER.measures)))
    share = TryRule(kind="cluster", formula="connections / connections_most", above=0.5)
    tried = try_rule(alerter, OWNER, share)
    assert tried.unit == "share"
    assert [(one.label, one.value, one.holds) for one in tried.subjects] == [
        ("blog", None, False), ("shop", 0.8, True), ("shop:try", 0.1, False),
    ]  # fmt: skip
    assert [one.label for one in try_rule(alerter, OWNER, share.model_copy(update={"scope": "shop:*"})).subjects] == [
        "shop:try"
    ]
    for wrong in ({"formula": "nothing"}, {"kind": "cloud"}, {"below": 1.0}):
        with pytest.raises(InvalidInput):
            try_rule(alerter, OWNER, share.model_copy(update=wrong))


def test_what_takes_long_to_find_out_fires_on_when_a_daemon_begins(store: Store, tmp_path: Path) -> None:
    """Its subject is not there at the first look; who sees to it need not say so again."""
    book, key = AlertBook(store, system_clock), ("dead-rows", "shop")
    book.set_rule(OWNER, next(rule for rule in DEFAULTS if rule.name == key[0]).model_copy(update={"hold_s": 0.0}))
    channels = Channels(store, SecretBox(tmp_path / "key"), system_clock, handed_over)
    began_ms = int(system_clock().timestamp() * 1000)

    def dead(ring: Ring, time_ms: int) -> None:
        numbers = [0.9 if measure.name == "dead_share" else NAN for measure in UPKEEP.measures]
        ring.add(sample(UPKEEP, "shop", time_ms, numbers))

    ring = Ring()
    with closing(Alerter(ring, book, channels, system_clock, "")) as first:
        first.start()
        dead(ring, began_ms)
        first.look(began_ms)
        fired_at = first.standing()[key].fired_at
    book.acknowledge(key, "ben")
    ring = Ring()
    with closing(Alerter(ring, book, channels, system_clock, "")) as second:
        second.start()
        second.look(began_ms + 60_000)
        dead(ring, began_ms + 120_000)
        second.look(began_ms + 120_000)
        stands = second.standing()[key]
        assert (stands.fired_at, stands.acknowledged_by) == (fired_at, "ben")
    with closing(Alerter(Ring(), book, channels, system_clock, "")) as third:
        third.start()
        for minutes in range(4):
            third.look(began_ms + minutes * 60_000)
        assert not third.standing()


def test_a_channel_that_lets_one_wait_keeps_nothing_new_from_being_told(store: Store, tmp_path: Path) -> None:
    """Looks go on meanwhile, and are not gone through one after the other."""
    titles, answered = list[str](), threading.Event()

    def hang(addresses: Mapping[str, str], message: Message) -> dict[str, str]:
        titles.append(message.title)
        answered.wait(30)
        return dict.fromkeys(addresses, "it did not answer")

    book = AlertBook(store, system_clock)
    book.set_rule(OWNER, DOWN.model_copy(update={"hold_s": 0.0}))
    channels, ring = Channels(store, SecretBox(tmp_path / "key"), system_clock, hang), Ring()
    channels.add(OWNER, "chat", "json://localhost", Level.INFO)
    now_ms = int(system_clock().timestamp() * 1000)
    with closing(Alerter(ring, book, channels, system_clock, "")) as alerter:
        alerter.start()
        for look, label in enumerate(["shop", "shop", "shop", "blog"]):
            ring.add(sample(CLUSTER, label, now_ms + look, (0.0,) + (NAN,) * (len(CLUSTER.measures) - 1)))
            alerter.look(now_ms + look)
            eventually(lambda: titles)
        answered.set()
        eventually(lambda: len(titles) > 1)
    assert titles[:2] == ["🔴 A database does not answer (shop)", "🔴 2 alerts"]


def test_a_channel_that_hangs_spoils_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that took the message is not told of as if it had not: it would get it again and again."""
    monkeypatch.setattr(sending, "_PATIENCE_OF_EACH_S", 2.0)
    with receiver() as hook, receiver() as other, socket.create_server(("127.0.0.1", 0)) as silent:
        other.refuses = True
        addresses = {"silent": f"json://127.0.0.1:{silent.getsockname()[1]}/", "nobody": "no-such://x"}
        told = handed_over(
            {**addresses, "hook": hook.address, "other": other.address}, Message("A test", "of channels")
        )
        assert hook.titles == ["A test"]
    assert "503" in told.pop("other")
    assert told == {"silent": "it took longer than 2 s", "nobody": "no channel has an address of this form", "hook": ""}


def test_no_address_has_a_file_of_this_machine_sent(tmp_path: Path) -> None:
    """Whoever may add a channel would read with it all that Nacre reads."""
    (tmp_path / "plan.json").write_text('{"type": "message", "title": "z7Qq", "attachments": []}')
    context = context_of(own(tmp_path, "127.0.0.1", system_clock))
    with receiver(secured_by=context) as hook, closing(Messenger()) as messenger:
        place = hook.address.removeprefix("json://")
        flow = f"workflows://{place}{'w' * 30}/{'s' * 40}/?verify=no&template={tmp_path}/plan.json"
        told = messenger.send({"flow": flow, "hook": f"jsons://{place}?verify=no"}, Message("A test", "of channels"))
    assert told == {"flow": "no channel has an address of this form", "hook": ""}
    assert hook.titles == ["A test"]


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::23", "2852039166", "168.63.129.16"]
)
def test_nor_is_the_machine_asked_for_its_credentials(host: str) -> None:
    begins = f"""
import socket
import subprocess
import sys
from nacre.monitoring.alerts.bounds import keep_in_bounds
keep_in_bounds()
socket.create_connection(({host!r}, 80), 2)
"""
    ran = subprocess.run([sys.executable, "-P", "-c", begins], capture_output=True, text=True, timeout=60, check=False)
    assert f"{host} is no place for messages" in ran.stderr
