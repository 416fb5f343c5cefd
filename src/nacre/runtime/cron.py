"""Runs the lines of `[cron]` when they are due: in the app's image, each never beside itself, the results kept."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import structlog
from sqlalchemy import delete, insert, select, update

from nacre.core.clock import Clock
from nacre.core.errors import NacreError
from nacre.core.projectfile.schedule import Schedule
from nacre.core.store.store import Store
from nacre.runtime.deployed import Deployed
from nacre.runtime.once import Ran
from nacre.runtime.tables import cron_runs

T = TypeVar("T")
_log = structlog.get_logger()
_LONGEST_S = 3600.0
_KEPT_RUNS = 20
_SAID_BYTES = 16 << 10
_MINUTE = timedelta(minutes=1)
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class CronRun:
    """One run of a line. `due_at` is the moment that its schedule names; `ended_at` is None while it runs, and
    `exit_code` also when it could not be run, of which `said` tells."""

    schedule: str
    line: str
    due_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    said: str
    seconds: float | None


class Runs(Protocol):
    """Where releases run: this machine's runtime, or those of all machines."""

    def on_loop(self, work: Coroutine[Any, Any, T]) -> T: ...

    def deployed(self) -> list[Deployed]: ...

    async def run_once(self, deployed: Deployed, key: str, argv: list[str], timeout_s: float) -> Ran: ...

    async def forget_run(self, deployed: Deployed, key: str) -> None: ...


class CronBook:
    def __init__(self, store: Store) -> None:
        self._store = store

    def runs(self, app: str) -> list[CronRun]:
        """Those that are kept, the latest first."""
        query = select(cron_runs).where(cron_runs.c.app == app).order_by(cron_runs.c.due_at.desc(), cron_runs.c.id)
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        return [CronRun(**{name: row._mapping[name] for name in CronRun.__dataclass_fields__}) for row in rows]

    def begin(self, app: str, schedule: str, line: str, due_at: datetime) -> None:
        """Written down before it is run: it will not be begun twice. The oldest are struck."""
        mine = (cron_runs.c.app == app) & (cron_runs.c.schedule == schedule)
        kept = select(cron_runs.c.id).where(mine).order_by(cron_runs.c.due_at.desc()).limit(_KEPT_RUNS)
        with self._store.write() as connection:
            connection.execute(insert(cron_runs).values(app=app, schedule=schedule, line=line, due_at=due_at, said=""))
            connection.execute(delete(cron_runs).where(mine & cron_runs.c.id.not_in(kept)))

    def end(self, app: str, run: CronRun) -> None:
        values = {"ended_at": run.ended_at, "exit_code": run.exit_code, "said": run.said, "seconds": run.seconds}
        mine = (cron_runs.c.app == app) & (cron_runs.c.schedule == run.schedule) & (cron_runs.c.due_at == run.due_at)
        with self._store.write() as connection:
            connection.execute(update(cron_runs).where(mine).values(**values))


class Cron:
    """Belongs to the daemon's loop. A line that still runs when it is due again is left out that time; of those that
    were missed while nobody looked only the latest is made up for."""

    def __init__(self, runtime: Runs, book: CronBook, clock: Clock) -> None:
        self._runtime = runtime
        self.book = book
        self._clock = clock
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._since: dict[tuple[str, str], datetime] = {}
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._runtime.on_loop(self._start())

    def stop(self) -> None:
        """Look no more; what runs is found again."""
        self._runtime.on_loop(self._stop())

    async def look(self) -> None:
        """Begin what is due now."""
        for deployed in await asyncio.to_thread(self._runtime.deployed):
            known = await asyncio.to_thread(self.book.runs, deployed.app) if deployed.run.cron else []
            for schedule, line in deployed.run.cron.items():
                key, runs = (deployed.app, schedule), [run for run in known if run.schedule == schedule]
                unfinished = next((run for run in runs if run.ended_at is None), None)
                if key in self._running:
                    continue
                if unfinished is not None:  # of the daemon before this one
                    self._begin(deployed, unfinished)
                    continue
                now = self._clock()
                since = runs[0].due_at if runs else self._since.setdefault(key, now)
                due_at = latest(Schedule.parse(schedule), since, now)
                if due_at is not None:
                    await asyncio.to_thread(self.book.begin, deployed.app, schedule, line, due_at)
                    self._begin(deployed, CronRun(schedule, line, due_at, None, None, "", None))

    def _begin(self, deployed: Deployed, run: CronRun) -> None:
        key = (deployed.app, run.schedule)
        task = self._running[key] = asyncio.create_task(self._run(deployed, run))
        task.add_done_callback(lambda _: self._running.pop(key, None))

    async def _run(self, deployed: Deployed, run: CronRun) -> None:
        name = f"cron {run.schedule} {run.due_at.isoformat()}"
        exit_code, said, seconds = None, "", None
        try:
            ran = await self._runtime.run_once(deployed, name, ["/bin/sh", "-c", run.line], _LONGEST_S)
            exit_code, said, seconds = ran.exit_code, ran.log[-_SAID_BYTES:], ran.seconds
        except NacreError as error:
            said = error.message
        if exit_code != 0:
            _log.warning("cron", app=deployed.app, line=run.line, exit_code=exit_code, said=said[-500:])
        ended = CronRun(run.schedule, run.line, run.due_at, self._clock(), exit_code, said, seconds)
        await asyncio.to_thread(self.book.end, deployed.app, ended)
        await self._runtime.forget_run(deployed, name)

    async def _start(self) -> None:
        self._looking = asyncio.create_task(self._look_each_minute())

    async def _stop(self) -> None:
        tasks = [*self._running.values(), *([self._looking] if self._looking else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_each_minute(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:  # tried again in a minute
                _log.exception("cron did not look")
            await asyncio.sleep(60.5 - self._clock().timestamp() % 60)


def latest(schedule: Schedule, since: datetime, now: datetime) -> datetime | None:
    """The last minute in which it was due, after the one of `since` and up to `now`; None when there was none."""
    minute = now.replace(second=0, microsecond=0)
    for _ in range(_DAY_MINUTES):
        if minute <= since.replace(second=0, microsecond=0):
            return None
        if schedule.due(minute):
            return minute
        minute -= _MINUTE
    found, after = None, schedule.next_after(since)  # not within a day: there are few of them
    while after is not None and after <= now:
        found, after = after, schedule.next_after(after)
    return found
