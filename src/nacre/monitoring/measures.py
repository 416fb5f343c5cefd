"""What is measured: for each kind of subject its numbers, in the order in which they are kept."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Unit = Literal["", "bytes", "seconds", "percent"]


@dataclass(frozen=True)
class Measure:
    """`counter` only grows until what counts is started anew: what people look at is how fast."""

    name: str
    help: str
    unit: Unit = ""
    counter: bool = False


@dataclass(frozen=True)
class Kind:
    """`label` is what tells its subjects apart; empty where there is only one.

    Measures may be added, and left out, from one version to the next: what is kept says what it has by name.
    """

    name: str
    label: str
    measures: tuple[Measure, ...]

    @cached_property
    def places(self) -> dict[str, int]:
        """Where in a sample each measure stands."""
        return {measure.name: at for at, measure in enumerate(self.measures)}


HOST = Kind(
    "host",
    "",
    (
        Measure("cpu_percent", "How busy its processors are, all of them together 100.", "percent"),
        Measure("cpu_disk_wait_percent", "The share in which they had nothing to do but wait for disks.", "percent"),
        Measure("cpu_stolen_percent", "The share that the machine beneath took for others.", "percent"),
        Measure("load1", "Tasks that ran or wanted to, on average of a minute."),
        Measure("memory_total", "Its memory.", "bytes"),
        Measure("memory_available", "What programs could still get.", "bytes"),
        Measure("memory_anonymous", "What programs hold of their own, without cached files.", "bytes"),
        Measure("memory_cached", "Files kept in memory, which is given back when needed.", "bytes"),
        Measure("swap_used", "What was moved out of memory.", "bytes"),
        Measure("disk_total", "The file system that holds Nacre's home.", "bytes"),
        Measure("disk_free", "What is left of it.", "bytes"),
        Measure("inodes_total", "How many files it may hold; 0: as many as fit."),
        Measure("inodes_free", "How many more."),
        Measure("disk_read", "What was read from all disks.", "bytes", counter=True),
        Measure("disk_written", "What was written to all disks.", "bytes", counter=True),
        Measure("disk_busy", "How long disks had something to do.", "seconds", counter=True),
        Measure("network_received", "What came over the network, without loopback.", "bytes", counter=True),
        Measure("network_sent", "What went over it.", "bytes", counter=True),
        Measure("file_handles", "Open files of the whole machine."),
        Measure("file_handles_most", "How many may be open."),
        Measure("cpu_pressure_percent", "The time in which some task waited for a processor.", "percent"),
        Measure("memory_pressure_percent", "The time in which some task waited for memory.", "percent"),
        Measure("memory_stall_percent", "The time in which all tasks did.", "percent"),
        Measure("io_pressure_percent", "The time in which some task waited for a disk.", "percent"),
        Measure("io_stall_percent", "The time in which all tasks did.", "percent"),
    ),
)

DAEMON = Kind(
    "daemon",
    "",
    (
        Measure("cpu_percent", "How busy it keeps processors; one of them is 100.", "percent"),
        Measure("memory_anonymous", "The memory that it holds of its own, without files that it maps.", "bytes"),
        Measure("tasks", "What its event loop has in hand."),
        Measure("threads", "Its threads."),
        Measure("open_files", "Its open files and sockets."),
        Measure("wal_size", "The write-ahead log of data.db.", "bytes"),
        Measure("connections", "Its open connections to data.db."),
        Measure("requests", "Requests to its API.", counter=True),
        Measure("failures", "Requests that it failed (5xx).", counter=True),
        Measure("latency_p50", "Until an answer began, half of the requests since the last look.", "seconds"),
        Measure("latency_p95", "The same for 95 of a hundred.", "seconds"),
    ),
)

CLUSTER = Kind(
    "cluster",
    "branch",
    (
        Measure("up", "1 while it answers."),
        Measure("connections", "Sessions of clients."),
        Measure("connections_most", "How many there may be."),
        Measure("active", "Sessions that run a statement."),
        Measure("idle_in_transaction", "Sessions that hold a transaction open and do nothing."),
        Measure("idle_in_transaction_longest", "For how long the longest of them has.", "seconds"),
        Measure("transaction_longest", "The age of the oldest transaction.", "seconds"),
        Measure("blocked", "Sessions that wait for a lock."),
        Measure("blocked_longest", "How long the longest of them has waited.", "seconds"),
        Measure("commits", "Transactions committed.", counter=True),
        Measure("rollbacks", "Transactions rolled back.", counter=True),
        Measure("blocks_hit", "Pages found in its cache.", counter=True),
        Measure("blocks_read", "Pages that were not.", counter=True),
        Measure("rows_returned", "Rows read by scans.", counter=True),
        Measure("rows_changed", "Rows inserted, updated and deleted.", counter=True),
        Measure("deadlocks", "Deadlocks it had to break.", counter=True),
        Measure("temporary_files", "Files written because memory did not suffice.", counter=True),
        Measure("temporary_bytes", "What was written to them.", "bytes", counter=True),
        Measure("wal_written", "Its write-ahead log, by position.", "bytes", counter=True),
        Measure("archive_waiting", "The log that is not archived yet.", "bytes"),
        Measure("archive_failed", "How often archiving failed.", counter=True),
        Measure("xid_age", "Transactions since the oldest that is not frozen; at 2 billion all writing stops."),
    ),
)

KINDS = {kind.name: kind for kind in (HOST, DAEMON, CLUSTER)}
