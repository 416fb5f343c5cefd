"""What an app's lines of `[cron]` have done, for those who may see the app."""

from datetime import datetime

from pydantic import Field

from nacre.core.operations import Answer
from nacre.core.principals import Principal, Role
from nacre.publishing.apps import Apps
from nacre.runtime.cron import CronBook


class ScheduledRun(Answer):
    """One run of a line."""

    schedule: str = Field(description="The schedule, as in nacre.toml.")
    line: str = Field(description="The line for the shell.")
    due_at: datetime = Field(description="The moment that the schedule names.")
    ended_at: datetime | None = Field(description="When it had ended; null while it runs.")
    exit_code: int | None = Field(description="0 when all went well; null while it runs, or when it could not be run.")
    seconds: float | None = Field(description="How long it took.")
    said: str = Field(description="The end of what it said, or why it could not be run.")


class Schedules:
    def __init__(self, apps: Apps, book: CronBook) -> None:
        self._apps = apps
        self._book = book

    def runs(self, who: Principal, slug: str) -> list[ScheduledRun]:
        """The latest first. Raises NotFound "app-not-found", NotAllowed."""
        app = self._apps.of(who, slug, Role.USER)
        return [ScheduledRun(**vars(run)) for run in self._book.runs(app.slug)]
