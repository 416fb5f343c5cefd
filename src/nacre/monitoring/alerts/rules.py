"""Rules: what must hold, on what, for how long, and how bad that is. These are on from the start; people change them,
and add their own."""

from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nacre.core.errors import InvalidInput
from nacre.monitoring.alerts.formula import Formula, formula
from nacre.monitoring.measures.kinds import KINDS


class Level(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


class Rule(BaseModel):
    """It holds while the formula is above or below a number. `scope` is the subjects it is for, by their labels, where
    * stands for anything."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: str
    title: str
    formula: str
    above: float | None = None
    below: float | None = None
    hold_s: float = Field(60, ge=0)
    level: Level = Level.WARNING
    scope: str = "*"
    enabled: bool = True

    @model_validator(mode="after")
    def _one_bound(self) -> "Rule":
        if (self.above is None) == (self.below is None):
            raise ValueError("give one of above and below")
        return self

    @cached_property
    def read(self) -> Formula:
        """Raises InvalidInput "bad-formula", "unknown-measure"."""
        if self.kind not in KINDS:
            raise InvalidInput("unknown-measure", f"Nothing of the kind “{self.kind}” is measured.")
        return formula(self.formula, KINDS[self.kind])

    def concerns(self, label: str) -> bool:
        return fnmatchcase(label, self.scope)

    def holds(self, value: float) -> bool:
        return value > self.above if self.above is not None else value < (self.below or 0.0)

    @property
    def bound(self) -> float:
        return self.above if self.above is not None else self.below or 0.0


def _rule(name: str, kind: str, title: str, text: str, hold_s: float, level: Level, **bound: float) -> Rule:
    return Rule(name=name, kind=kind, title=title, formula=text, hold_s=hold_s, level=level, **bound)


_INFO, _WARNING, _CRITICAL = Level.INFO, Level.WARNING, Level.CRITICAL
_MINUTE, _HOUR = 60.0, 3600.0
DEFAULTS = (
    _rule("disk-full", "host", "The disk is nearly full", "disk_free / disk_total", _MINUTE, _CRITICAL, below=0.03),
    _rule("disk-low", "host", "The disk is filling up", "disk_free / disk_total", 5 * _MINUTE, _WARNING, below=0.10),
    _rule("disk-full-soon", "host", "The disk will be full within a day", "forecast(disk_free, 24h)", 15 * _MINUTE,
          _WARNING, below=0),
    _rule("inodes-low", "host", "The disk can hold hardly any more files", "inodes_free / inodes_total", 5 * _MINUTE,
          _WARNING, below=0.05),
    _rule("memory-low", "host", "Memory is running out", "memory_available / memory_total", 5 * _MINUTE, _CRITICAL,
          below=0.05),
    _rule("memory-stalls", "host", "Programs stand still for want of memory", "memory_stall_percent", 5 * _MINUTE,
          _WARNING, above=20),
    _rule("disk-stalls", "host", "Programs stand still because the disk is slow", "io_stall_percent", 15 * _MINUTE,
          _WARNING, above=50),
    _rule("processors-busy", "host", "All processors are busy", "cpu_percent", 30 * _MINUTE, _INFO, above=95),
    _rule("file-handles", "host", "The machine has nearly no file handles left", "file_handles / file_handles_most",
          5 * _MINUTE, _CRITICAL, above=0.9),
    _rule("nacre-failing", "daemon", "Nacre itself fails requests", "rate(failures) / rate(requests)", 5 * _MINUTE,
          _WARNING, above=0.05),
    _rule("nacre-slow", "daemon", "Nacre itself answers slowly", "latency_p95", 10 * _MINUTE, _INFO, above=5),
    _rule("nacre-log", "daemon", "The write-ahead log of data.db does not shrink", "wal_size", 15 * _MINUTE, _WARNING,
          above=1 << 30),
    _rule("logs-not-followed", "daemon", "What is written to logs is not kept", "logs_followed", 2 * _MINUTE, _WARNING,
          below=1),
    _rule("postgres-down", "cluster", "A database does not answer", "up", _MINUTE, _CRITICAL, below=1),
    _rule("connections", "cluster", "A database has nearly no connections left", "connections / connections_most",
          10 * _MINUTE, _WARNING, above=0.8),
    _rule("idle-in-transaction", "cluster", "A session holds a transaction open and does nothing",
          "idle_in_transaction_longest", 0, _WARNING, above=5 * _MINUTE),
    _rule("long-transaction", "cluster", "A transaction has run for hours", "transaction_longest", 0, _INFO,
          above=2 * _HOUR),
    _rule("lock-wait", "cluster", "A session waits long for a lock", "blocked_longest", 0, _WARNING, above=_MINUTE),
    _rule("blocked", "cluster", "Many sessions wait for locks", "blocked", _MINUTE, _WARNING, above=5),
    _rule("deadlocks", "cluster", "Transactions lock each other out", "rate(deadlocks)", 0, _INFO, above=0),
    _rule("cache-misses", "cluster", "A database reads much from disk",
          "rate(blocks_read) / (rate(blocks_hit) + rate(blocks_read) + 1000)", 30 * _MINUTE, _INFO, above=0.2),
    _rule("temporary-files", "cluster", "Queries write large temporary files", "rate(temporary_bytes)", 15 * _MINUTE,
          _INFO, above=20e6),
    _rule("archive-failing", "cluster", "The log of a database cannot be archived", "rate(archive_failed)", 5 * _MINUTE,
          _CRITICAL, above=0),
    _rule("archive-late", "cluster", "The log of a database is archived late", "archive_waiting", 10 * _MINUTE,
          _WARNING, above=256e6),
    _rule("transaction-ids", "cluster", "A database runs out of transaction ids", "xid_age", _MINUTE, _CRITICAL,
          above=1.2e9),
    _rule("dead-rows", "upkeep", "A table is mostly rows that nobody sees any more", "dead_share", _HOUR, _WARNING,
          above=0.5),
    _rule("not-vacuumed", "upkeep", "A table that changes was not vacuumed for a week", "unvacuumed_longest", _HOUR,
          _WARNING, above=7 * 24 * _HOUR),
    _rule("prepared-left", "upkeep", "A transaction was prepared and left", "prepared_longest", 0, _WARNING,
          above=_HOUR),
    _rule("index-invalid", "upkeep", "An index was not built to its end", "invalid_indexes", _HOUR, _INFO, above=0),
    _rule("pages-damaged", "upkeep", "Pages of a database are damaged", "rate(checksum_failures)", 0, _CRITICAL,
          above=0),
    _rule("journal-late", "history", "Changes of files are not recorded", "journal_lag", _MINUTE, _WARNING,
          above=2 * _MINUTE),
    _rule("history-failing", "history", "The history of a branch cannot be kept", "failing", 5 * _MINUTE, _CRITICAL,
          above=0),
    _rule("base-too-old", "history", "No base was taken for long, so that going back would take long", "base_late",
          15 * _MINUTE, _WARNING, above=4),
    _rule("window-short", "history", "The past reaches back less far than it should", "window / window_wanted", _HOUR,
          _INFO, below=0.8),
    _rule("history-damaged", "history", "Something that was kept is damaged", "faults + bases_damaged", 0, _CRITICAL,
          above=0),
    _rule("history-not-verified", "history", "What is kept was not verified for a month", "verified_age", 0, _INFO,
          above=30 * 24 * _HOUR),
    _rule("app-down", "app", "An app does not run", "wanted - up", _MINUTE, _CRITICAL, above=0),
    _rule("app-restarts", "app", "An app ends again and again", "rate(restarts)", 0, _WARNING,
          above=2.5 / (5 * _MINUTE)),
    _rule("app-failing", "app", "An app fails requests", "rate(failures) / (rate(requests) + 0.02)", 2 * _MINUTE,
          _WARNING, above=0.05),
    _rule("app-slow", "app", "An app answers slowly", "rate(slow) / (rate(requests) + 0.02)", 5 * _MINUTE, _WARNING,
          above=0.05),
    _rule("app-memory", "app", "An app has hardly any memory left", "memory / memory_most", 5 * _MINUTE, _WARNING,
          above=0.9),
    _rule("publish-failed", "app", "What was published last did not come to serve", "publish_failed", 0, _WARNING,
          above=0),
    _rule("gateway-down", "gateway", "The gateway does not run", "up", _MINUTE, _CRITICAL, below=1),
    _rule("certificate-expires", "certificate", "A certificate ends soon, and none has come in its place",
          "left_percent", 0, _WARNING, below=20),
    _rule("node-lost", "node", "A node is not heard of any more", "up", _MINUTE, _CRITICAL, below=1),
    _rule("node-disk-low", "node", "The disk of a node is filling up", "disk_free / disk_total", 5 * _MINUTE, _WARNING,
          below=0.10),
    _rule("node-memory-low", "node", "Memory is running out on a node", "memory_available / memory_total", 5 * _MINUTE,
          _CRITICAL, below=0.05),
    _rule("jobs-waiting", "jobs", "Jobs wait long for a runner", "waiting_longest", 0, _WARNING, above=10 * _MINUTE),
    _rule("jobs-failing", "jobs", "One job after another fails", "rate(failed) + rate(dead)", 2 * _MINUTE, _WARNING,
          above=2.5 / (5 * _MINUTE)),
    _rule("model-errors", "model", "A language model fails", "rate(errors) / (rate(calls) + 0.03)", 2 * _MINUTE,
          _WARNING, above=0.2),
    _rule("model-spend", "budget", "A budget for language models is nearly spent", "spent_usd / limit_usd", 0, _WARNING,
          above=0.8),
    _rule("knowledge-queue-failing", "knowledge", "Documents cannot be added to a collection", "failed", 5 * _MINUTE,
          _WARNING, above=0),
)  # fmt: skip
