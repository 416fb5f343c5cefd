"""The verb that tells what was run by schedule: app cron."""

from pydantic import RootModel

from nacre.core.operations import Call, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.publishing.fields import AppField
from nacre.publishing.schedules import ScheduledRun, Schedules


class OfApp(Call):
    app: AppField


class ScheduledRuns(RootModel[list[ScheduledRun]]):
    pass


@operation("app.cron", "GET /api/apps/{app}/cron", role=Role.VIEWER, effect=Effect.READ,
           scoped_by_handler=True)  # fmt: skip
def list_scheduled_runs(schedules: Schedules, who: Principal, call: OfApp) -> ScheduledRuns:
    """List what an app's lines of [cron] have done: when each was due, how it ended, the end of what it said.

    Needs the role user in the project, since what was said may hold data.
    """
    return ScheduledRuns(schedules.runs(who, call.app))
