"""The few numbers by which people know how a subject is: formulas over its measures. A kind without any shows none."""

from dataclasses import dataclass
from functools import cached_property

from nacre.monitoring.alerts.formula import Formula, formula
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.measures.measure import Unit


@dataclass(frozen=True)
class Headline:
    """Of the unit percent, a whole is 100."""

    kind: str
    name: str
    text: str
    unit: Unit = ""

    @cached_property
    def read(self) -> Formula:
        return formula(self.text, KINDS[self.kind])


_ALL = (
    Headline("host", "processors", "cpu_percent", "percent"),
    Headline("host", "memory", "100 - 100 * memory_available / memory_total", "percent"),
    Headline("host", "disk", "100 - 100 * disk_free / disk_total", "percent"),
    Headline("host", "disk-left", "disk_free", "bytes"),
    Headline("daemon", "processors", "cpu_percent", "percent"),
    Headline("daemon", "memory", "memory_anonymous", "bytes"),
    Headline("daemon", "requests", "rate(requests)"),
    Headline("daemon", "failed", "100 * rate(failures) / rate(requests)", "percent"),
    Headline("daemon", "answers-within", "latency_p95", "seconds"),
    Headline("gateway", "requests", "rate(requests)"),
    Headline("gateway", "failed", "100 * rate(failures) / rate(requests)", "percent"),
    Headline("gateway", "answers-within", "latency_p95", "seconds"),
    Headline("gateway", "processors", "cpu_percent", "percent"),
    Headline("gateway", "memory", "memory", "bytes"),
    Headline("cluster", "connections", "connections"),
    Headline("cluster", "transactions", "rate(commits) + rate(rollbacks)"),
    Headline("cluster", "cache-hits", "100 * rate(blocks_hit) / (rate(blocks_hit) + rate(blocks_read))", "percent"),
    Headline("cluster", "blocked", "blocked"),
    Headline("cluster", "longest-transaction", "transaction_longest", "seconds"),
    Headline("upkeep", "size", "size", "bytes"),
    Headline("upkeep", "dead-rows", "100 * rows_dead / (rows_dead + rows_live)", "percent"),
    Headline("upkeep", "memory", "memory_anonymous", "bytes"),
    Headline("history", "reaches-back", "window", "seconds"),
    Headline("history", "kept", "log_size + bases_size + files_size", "bytes"),
    Headline("history", "base-age", "base_age", "seconds"),
    Headline("app", "requests", "rate(requests)"),
    Headline("app", "failed", "100 * rate(failures) / rate(requests)", "percent"),
    Headline("app", "answers-within", "latency_p95", "seconds"),
    Headline("app", "processors", "cpu_percent", "percent"),
    Headline("app", "memory", "memory", "bytes"),
    Headline("workspace", "processors", "cpu_percent", "percent"),
    Headline("workspace", "memory", "memory", "bytes"),
    Headline("workspace", "processes", "processes"),
    Headline("node", "processors", "cpu_percent", "percent"),
    Headline("node", "memory", "100 - 100 * memory_available / memory_total", "percent"),
    Headline("node", "disk", "100 - 100 * disk_free / disk_total", "percent"),
    Headline("node", "jobs", "jobs"),
    Headline("node", "heard", "silence", "seconds"),
    Headline("jobs", "waiting", "waiting"),
    Headline("jobs", "longest-wait", "waiting_longest", "seconds"),
    Headline("jobs", "running", "running"),
    Headline("model", "calls", "60 * rate(calls)"),
    Headline("model", "failed", "100 * rate(errors) / rate(calls)", "percent"),
    Headline("model", "answers-within", "latency_p95", "seconds"),
    Headline("budget", "spent", "100 * spent_usd / limit_usd", "percent"),
    Headline("knowledge", "waiting", "waiting"),
    Headline("knowledge", "longest-wait", "waiting_longest", "seconds"),
    Headline("knowledge", "not-added", "failed"),
    Headline("certificate", "days-left", "days_left"),
)

HEADLINES = {kind: tuple(one for one in _ALL if one.kind == kind) for kind in KINDS}
