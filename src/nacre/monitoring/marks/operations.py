"""The verb of marks: what happened, for charts."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.clock import system_clock
from nacre.core.operations import Call, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.monitoring.marks.marks import Mark, Marks
from nacre.monitoring.times import time_of


class Between(Call):
    since: Annotated[str, Field(description="From when on: a time, or an age such as 24h.")] = "24h"
    until: Annotated[str, Field(description="Until when.")] = "now"


class MarkList(RootModel[list[Mark]]):
    pass


@operation(
    "monitoring.marks", "GET /api/monitoring/marks", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True
)
def list_marks(marks: Marks, who: Principal, call: Between) -> MarkList:
    """List what happened that numbers may have to do with: releases, rewinds, alerts."""
    now = system_clock()
    return MarkList(marks.between(who, time_of(call.since, now), time_of(call.until, now)))
