"""Conditions that really come about on a real PostgreSQL: one notification at a real web hook, and one when it is over.

Rules hold at once here, and are over at once: what holding takes is tested by itself, without a clock.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from tests.integration.llm.databases import Database, bare
from tests.integration.monitoring.receiver import Receiver, receiver
from tests.waiting import eventually

from nacre.core.clock import system_clock
from nacre.core.errors import Failed
from nacre.core.principals import OWNER
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.engines.postgres.health import healths, prepare
from nacre.monitoring.alerts.alerter import Alerter
from nacre.monitoring.alerts.book import AlertBook
from nacre.monitoring.alerts.channels import Channels
from nacre.monitoring.alerts.messenger import Messenger
from nacre.monitoring.alerts.rules import DEFAULTS, Level
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import sample

NAN = float("nan")


class Watch:
    """Looks at one database when it is told to, with rules that hold at once."""

    def __init__(self, folder: Path, database: Database, hook: Receiver, messenger: Messenger) -> None:
        self.database, self.hook = database, hook
        self.store = Store(folder / "data.db")
        self.ring, self.book = Ring(), AlertBook(self.store, system_clock)
        self.channels = Channels(self.store, SecretBox(folder / "key"), system_clock, messenger.send, messenger.ready)
        self.alerter = self.another()

    def another(self) -> Alerter:
        return Alerter(self.ring, self.book, self.channels, system_clock, "https://nacre.test", rest=timedelta(0))

    def only(self, name: str, **changed: float | str) -> None:
        """This rule alone, changed so that it need not be waited for."""
        for rule in DEFAULTS:
            values = {"hold_s": 0.0, **changed} if rule.name == name else {"enabled": False}
            self.book.set_rule(OWNER, rule.model_copy(update=values))

    def look(self, later_s: float = 0.0) -> bool:
        """False, for whoever waits for something else that comes of it."""
        now_ms = int((system_clock().timestamp() + later_s) * 1000)
        numbers = (0.0,) + (NAN,) * (len(CLUSTER.measures) - 1)
        try:
            with self.database.connect(database="postgres") as connection:
                prepare(connection)
                for _, found in healths({"": connection}, patience_s=5):
                    numbers = (1.0, *astuple(found))
        except psycopg.Error:
            pass
        self.ring.add(sample(CLUSTER, "shop", now_ms, numbers))
        self.alerter.look(now_ms)
        return False

    def fires_and_is_over(self, title: str, end: Callable[[], object]) -> None:
        """It is told once however often one looks, and then once that it is over."""
        eventually(lambda: self.look() or self.hook.titles)
        self.look()
        end()
        eventually(lambda: self.look() or len(self.hook.titles) > 1)
        self.look()
        assert [one.split(" ", 1)[1] for one in self.hook.titles] == [f"{title} (shop)", f"Over: {title} (shop)"]
        assert "https://nacre.test/monitoring/alerts?" in self.hook.got[0]["message"]


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with bare() as made:
        yield made


@pytest.fixture(scope="module")
def messenger() -> Iterator[Messenger]:
    with closing(Messenger()) as made:
        yield made


@pytest.fixture
def watch(tmp_path: Path, database: Database, messenger: Messenger) -> Iterator[Watch]:
    with receiver() as hook:
        watch = Watch(tmp_path, database, hook, messenger)
        watch.channels.add(OWNER, "hook", hook.address, Level.INFO)
        watch.alerter.start()
        with closing(watch.store), closing(watch.alerter):
            yield watch


@contextmanager
def waiting_for_a_lock(database: Database, table: str) -> Iterator[psycopg.Connection]:
    """Two sessions, of which one waits for what the other has locked."""
    database.sql(f"CREATE TABLE IF NOT EXISTS {table} (id int)")
    with database.connect("shop") as holder, database.connect("shop") as other:
        holder.execute("BEGIN")
        holder.execute(f"LOCK {table}")
        waiting = threading.Thread(target=lambda: other.execute(f"SELECT * FROM {table}"))
        waiting.start()
        try:
            yield holder
        finally:
            holder.rollback()
            waiting.join()


def test_a_session_that_waits_for_a_lock(watch: Watch) -> None:
    watch.only("lock-wait", above=0.05)
    with waiting_for_a_lock(watch.database, "locked") as holder:
        watch.fires_and_is_over("A session waits long for a lock", holder.rollback)


def test_a_transaction_that_is_left_open(watch: Watch) -> None:
    watch.only("idle-in-transaction", above=0.05)
    with watch.database.connect("shop") as session:
        session.execute("BEGIN")
        session.execute("SELECT 1")
        watch.fires_and_is_over("A session holds a transaction open and does nothing", session.rollback)


def test_connections_that_run_out(watch: Watch) -> None:
    watch.only("connections", above=0.03)
    sessions = [watch.database.connect("shop") for _ in range(5)]

    def leave() -> None:
        for session in sessions:
            session.close()

    watch.fires_and_is_over("A database has nearly no connections left", leave)


def test_a_database_that_is_down(watch: Watch) -> None:
    watch.only("postgres-down")
    watch.database.crash()
    watch.fires_and_is_over("A database does not answer", watch.database.start)


def test_what_a_channel_does_not_take_is_sent_again_also_by_the_next_daemon(watch: Watch) -> None:
    watch.only("postgres-down", below=2)
    watch.hook.refuses = True
    watch.look()
    eventually(lambda: [one.attempts for one in watch.book.waiting()] == [1], within_s=30)
    assert "503" in watch.channels.all()[0].last_error
    with pytest.raises(Failed):
        watch.channels.test("hook")
    watch.alerter.close()
    watch.hook.refuses = False
    watch.alerter = watch.another()
    watch.alerter.start()
    eventually(lambda: not watch.book.waiting(), within_s=30)
    watch.look()
    assert len(watch.hook.titles) == 1 and watch.book.events(10)[0].state == "sent"


def test_whoever_sends_stands_by_before_a_hold_is_over(watch: Watch, messenger: Messenger) -> None:
    messenger.close()
    watch.only("postgres-down", below=2, hold_s=600.0)
    watch.look()
    watch.look(later_s=300)
    assert not senders(os.getpid())
    watch.look(later_s=540)
    eventually(lambda: senders(os.getpid()))
    standing_by = senders(os.getpid())
    watch.look(later_s=601)
    eventually(lambda: watch.hook.titles, within_s=30)
    assert senders(os.getpid()) == standing_by


def test_whoever_sends_does_not_outlive_a_daemon_that_is_killed() -> None:
    begins = "from nacre.monitoring.alerts.messenger import Messenger; Messenger().ready(); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", begins], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None and daemon.stdout.readline()
        (sender,) = senders(daemon.pid)
        daemon.kill()
    eventually(lambda: not Path(f"/proc/{sender}").exists(), within_s=30)


def senders(parent: int) -> set[int]:
    """The processes that this one has begun to send with."""
    begun = subprocess.run(["pgrep", "-P", str(parent), "-f", "alerts.sending"], capture_output=True, check=False)
    return set(map(int, begun.stdout.split()))


def test_nobody_is_told_of_what_is_silenced_or_acknowledged(watch: Watch) -> None:
    watch.only("postgres-down", below=2)
    quiet = watch.book.silence(OWNER, "postgres-*", "*", system_clock() + timedelta(hours=1), "moving house")
    watch.look()
    assert watch.alerter.standing() and not watch.book.events(10)
    watch.book.end_silence(quiet.id)
    watch.look()
    eventually(lambda: watch.hook.titles, within_s=30)
    watch.alerter.acknowledge(OWNER, ("postgres-down", "shop"))
    assert watch.book.standing()["postgres-down", "shop"].acknowledged_by == "owner:owner"
    assert watch.another().rules()["postgres-down"].below == 2


def test_what_a_rule_of_ones_own_found_goes_with_it(watch: Watch) -> None:
    watch.only("postgres-down", below=-1)
    watch.book.set_rule(OWNER, DEFAULTS[0].model_copy(update={"name": "own", "kind": "cluster", "formula": "up"}))
    watch.book.set_rule(OWNER, watch.alerter.rules()["own"].model_copy(update={"below": 2, "hold_s": 0.0}))
    watch.look()
    assert list(watch.alerter.standing()) == [("own", "shop")]
    watch.book.reset_rule("own")
    watch.look()
    assert not watch.alerter.standing()
    eventually(lambda: not watch.book.standing())


def test_an_address_is_sealed_and_never_shown(watch: Watch) -> None:
    made = watch.channels.add(OWNER, "mail", "mailto://ann:hunter2@example.org", Level.CRITICAL)
    assert made.address == "mailto://…" and b"hunter2" not in watch.store.path.read_bytes()
    assert "hunter2" not in str(watch.channels.all())


def test_a_channel_that_is_added_while_something_fires_is_told_of_it_once_and_then_of_its_end(watch: Watch) -> None:
    watch.only("postgres-down", below=2)
    watch.look()
    eventually(lambda: watch.hook.titles, within_s=30)
    watch.alerter.acknowledge(OWNER, ("postgres-down", "shop"))
    with receiver() as late, receiver() as other:
        late.refuses = True
        watch.channels.add(OWNER, "late", late.address, Level.CRITICAL)
        watch.channels.add(OWNER, "other", other.address, Level.INFO)
        watch.look()
        eventually(lambda: other.titles and "503" in error_of(watch, "late"), within_s=30)
        late.refuses = False
        watch.look()
        eventually(lambda: late.titles and not watch.channels.catching_up(), within_s=30)
        watch.only("postgres-down", below=0)
        eventually(lambda: watch.look() or all(len(one.titles) > 1 for one in (watch.hook, late, other)), within_s=30)
        told = ["🔴 A database does not answer (shop)", "✅ Over: A database does not answer (shop)"]
        assert watch.hook.titles == late.titles == other.titles == told


def test_a_channel_that_is_new_is_told_nothing_twice_and_nothing_that_is_silenced_or_below_its_level(
    watch: Watch,
) -> None:
    watch.only("postgres-down", below=2)
    watch.book.silence(OWNER, "postgres-down", "blog", system_clock() + timedelta(hours=1), "moving house")
    watch.hook.refuses = True
    watch.look()  # what this begins waits for a channel that takes it
    eventually(lambda: [one.attempts for one in watch.book.waiting()] == [1], within_s=30)
    with receiver() as late:
        watch.channels.add(OWNER, "late", late.address, Level.INFO)
        watch.look()
        eventually(lambda: late.titles and not watch.channels.catching_up(), within_s=30)
        assert len(late.titles) == 1
        watch.book.silence(OWNER, "*", "shop", system_clock() + timedelta(hours=1), "moving house")
        watch.look()
        watch.channels.add(OWNER, "later", late.address, Level.INFO)
        watch.look()
        eventually(lambda: not watch.channels.catching_up(), within_s=30)
        assert len(late.titles) == 1


def error_of(watch: Watch, channel: str) -> str:
    return next(one.last_error for one in watch.channels.all() if one.name == channel)
