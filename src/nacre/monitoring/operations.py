"""The verbs of monitoring: what is so now, what was, and the system's own metrics; alerts have theirs apart."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

import nacre.monitoring.alerts.operations
import nacre.monitoring.export.operations
import nacre.monitoring.health.operations
import nacre.monitoring.logs.operations
import nacre.monitoring.marks.operations
import nacre.monitoring.watching.operations  # noqa: F401  (all are declared there)
from nacre.core.clock import system_clock
from nacre.core.operations import Answer, Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.monitoring.charts import Charts, Now, Series, SystemMetrics
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.measures.measure import Unit
from nacre.monitoring.times import time_of

KindName = Literal[
    "host", "daemon", "gateway", "cluster", "upkeep", "history", "app", "workspace", "node", "jobs", "model", "budget",
    "knowledge", "certificate",
]  # fmt: skip


class SystemHours(Call):
    hours: Annotated[float, Field(gt=0, le=168, description="How far back, a week at most.")] = 24


class SystemMetricsList(RootModel[list[SystemMetrics]]):
    pass


class MeasureShown(Answer):
    """`counter`: it only grows, so that how fast it does is what tells something."""

    name: str
    help: str
    unit: Unit
    counter: bool


class KindShown(Answer):
    """`label` is what tells its subjects apart, as branch; empty where there is only one."""

    name: str
    label: str
    measures: list[MeasureShown]


class NoInput(Call):
    pass


class KindList(RootModel[list[KindShown]]):
    pass


class Look(Call):
    kind: Annotated[KindName | None, Cli(positional=True), Field(description="Only subjects of this kind.")] = None


class NowList(RootModel[list[Now]]):
    pass


class Chart(Call):
    kind: Annotated[KindName, Cli(positional=True), Field(description="What is looked at.", examples=["cluster"])]
    measure: Annotated[
        list[str],
        Cli(positional=True),
        Field(min_length=1, max_length=20, description="Which numbers.", examples=[["connections"]]),
    ]
    label: Annotated[
        list[str], Cli(short="-l"), Field(min_length=1, max_length=50, description="Which; empty: the only one.")
    ] = Field(default=[""])
    since: Annotated[str, Field(description="From when on: a time, or an age such as 24h.")] = "24h"
    until: Annotated[str, Field(description="Until when.")] = "now"
    points: Annotated[int, Field(ge=1, le=5000, description="At most about so many of each.")] = 700


class SeriesList(RootModel[list[Series]]):
    pass


@operation("system.metrics", "GET /api/system/metrics", role=Role.ADMIN, effect=Effect.READ)
def system_metrics(charts: Charts, who: Principal, call: SystemHours) -> SystemMetricsList:
    """List what the machine and the daemon used, look by look."""
    return SystemMetricsList(charts.system(call.hours))


@operation(
    "monitoring.kinds", "GET /api/monitoring/kinds", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True
)
def list_kinds(charts: Charts, who: Principal, call: NoInput) -> KindList:
    """List what is measured: of which things which numbers, and what they mean; nothing that is anybody's."""
    return KindList([KindShown.model_validate(kind, from_attributes=True) for kind in KINDS.values()])


@operation("monitoring.now", "GET /api/monitoring/now", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def look(charts: Charts, who: Principal, call: Look) -> NowList:
    """Show the latest numbers of everything that is measured and that you may see."""
    return NowList(charts.now(who, call.kind))


@operation(
    "monitoring.chart", "GET /api/monitoring/series", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True
)
def chart(charts: Charts, who: Principal, call: Chart) -> SeriesList:
    """Show how numbers went over time: for a week minute by minute, for ninety days by the quarter of an hour."""
    now = system_clock()
    since, until = (time_of(text, now) for text in (call.since, call.until))
    return SeriesList(charts.series(who, call.kind, call.label, call.measure, since, until, call.points))
