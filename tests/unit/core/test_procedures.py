"""Durable procedures: killed anywhere, and killed again while recovering, they end done or as before."""

import itertools
import os
import secrets
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from nacre.core.clock import Clock
from nacre.core.errors import Failed, Unavailable
from nacre.core.names import Ref
from nacre.core.procedures import Procedures, State, Step, Tracer, no_trace, procedure_table
from nacre.core.progress import Step as Report
from nacre.core.progress import watched_by
from nacre.core.store.store import Store

Point = tuple[str, str]
"""(step, when): when is one of the tracer's words, or “within”: half-way through a step's own work."""


class Killed(BaseException):
    """Stands for kill -9: nothing in the program catches it."""


class Broken(Exception):
    """An ordinary error of a step."""


class Publish:
    """The sample: puts a new folder in place of an old one, in steps that each touch several files.

    `staged` (new text in two files) → `kept` (a copy of the old) → `live` switched over (the commit) → `kept` gone
    → `index.txt` names the folder. Every step and undo may run any number of times, after any part of itself.
    """

    kind = "publish"
    commit = "switch"
    removes = False

    def __init__(self, folder: Path, trace: Tracer = no_trace, broken: str | None = None) -> None:
        self.folder = folder
        self.trace = trace
        self.broken = broken

    def steps(self) -> tuple[Step, ...]:
        return (
            Step("choose", self.choose),
            Step("stage", self.stage, self.unstage),
            Step("keep", self.keep, self.unkeep),
            Step("switch", self.switch, self.switch_back),
            Step("sweep", self.sweep),
            Step("index", self.index),
        )

    def choose(self, state: State) -> None:
        state["folder"] = f"staged-{secrets.token_hex(4)}"
        self.half("choose")

    def stage(self, state: State) -> None:
        staged = self.folder / state["folder"]
        staged.mkdir(exist_ok=True)
        (staged / "a").write_text(state["text"])
        self.half("stage")
        (staged / "b").write_text(state["text"])

    def unstage(self, state: State) -> None:
        if "folder" in state:
            shutil.rmtree(self.folder / state["folder"], ignore_errors=True)

    def keep(self, state: State) -> None:
        (self.folder / "kept").mkdir(exist_ok=True)
        for number, file in enumerate(sorted((self.folder / "live").iterdir())):
            if number:
                self.half("keep")
            shutil.copy(file, self.folder / "kept")

    def unkeep(self, state: State) -> None:
        shutil.rmtree(self.folder / "kept", ignore_errors=True)

    def switch(self, state: State) -> None:
        for number, file in enumerate(("a", "b")):
            if number:
                self.half("switch")
            shutil.copy(self.folder / state["folder"] / file, self.folder / "live" / file)

    def switch_back(self, state: State) -> None:
        for file in (self.folder / "kept").iterdir():
            shutil.copy(file, self.folder / "live")

    def sweep(self, state: State) -> None:
        shutil.rmtree(self.folder / "kept", ignore_errors=True)
        self.half("sweep")
        shutil.rmtree(self.folder / state["folder"], ignore_errors=True)

    def index(self, state: State) -> None:
        (self.folder / "index.txt").write_text("")
        self.half("index")
        (self.folder / "index.txt").write_text(state["text"])

    def half(self, step: str) -> None:
        self.trace(self.kind, step, "within")
        if step == self.broken:
            raise Broken(step)


STEPS = tuple(step.name for step in Publish(Path()).steps())
PIVOT = STEPS.index(Publish.commit)
BEFORE = {"live/a": "old", "live/b": "old"}
AFTER = {"live/a": "new", "live/b": "new", "index.txt": "new"}
POINTS = tuple(itertools.product(STEPS, ("before", "within", "done", "after")))
UNDO_POINTS = tuple((step, "undo") for step in STEPS[: PIVOT + 1])


class World:
    """A folder and a store that outlive the “daemon”, and ways to be that daemon once."""

    def __init__(self, folder: Path, store: Store, clock: Clock) -> None:
        self.folder = folder
        self.store = store
        self.clock = clock
        self.reset()

    def reset(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "live").mkdir(parents=True)
        (self.folder / "live" / "a").write_text("old")
        (self.folder / "live" / "b").write_text("old")

    def procedures(self, trace: Tracer = no_trace, broken: str | None = None) -> Procedures:
        return Procedures(self.store, self.clock, [Publish(self.folder, trace, broken)], trace)

    def run(self, kill_at: Point | None = None, broken: str | None = None) -> None:
        self.procedures(killing(kill_at), broken).run("publish", {"text": "new", "refs": ["shop"]})

    def recover(self, kill_at: Point | None = None) -> None:
        self.procedures(killing(kill_at)).recover()

    def files(self) -> dict[str, str]:
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_text() for path in paths}

    def unfinished(self) -> int:
        with self.store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(procedure_table)).scalar_one())


def killing(point: Point | None) -> Tracer:
    def trace(_kind: str, step: str, when: str) -> None:
        if (step, when) == point:
            raise Killed

    return trace


def committed(point: Point) -> bool:
    """Whether a run killed there had completed its commit step on disk."""
    step, when = point
    return STEPS.index(step) > PIVOT or (STEPS.index(step) == PIVOT and when == "after")


@pytest.fixture
def world(tmp_path: Path, store: Store, clock: Clock) -> World:
    return World(tmp_path / "folder", store, clock)


def test_a_run_does_every_step_and_leaves_nothing_to_recover(world: World) -> None:
    world.run()
    assert world.files() == AFTER
    assert world.unfinished() == 0
    world.recover()
    assert world.files() == AFTER


def test_a_run_reports_its_steps(world: World) -> None:
    seen: list[Report] = []
    with watched_by(seen.append):
        world.run()
    assert [report.phase for report in seen] == list(STEPS)


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_it_is_done_or_as_before_after_recovery(world: World, point: Point) -> None:
    with pytest.raises(Killed):
        world.run(kill_at=point)
    assert world.unfinished() == 1
    world.recover()
    assert world.files() == (AFTER if committed(point) else BEFORE)
    assert world.unfinished() == 0


@pytest.mark.parametrize("point", POINTS)
def test_killed_again_anywhere_in_the_recovery_the_next_one_still_ends_it(world: World, point: Point) -> None:
    for second in POINTS + UNDO_POINTS:
        world.reset()
        with pytest.raises(Killed):
            world.run(kill_at=point)
        try:
            world.recover(kill_at=second)
        except Killed:
            assert world.unfinished() == 1
            world.recover()
        assert world.files() == (AFTER if committed(point) else BEFORE), second
        assert world.unfinished() == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(kills=st.lists(st.sampled_from(POINTS + UNDO_POINTS), max_size=8))
def test_killed_any_number_of_times_it_is_all_or_nothing(world: World, kills: list[Point]) -> None:
    world.reset()
    attempts: Iterator[Point] = iter(kills)
    try:
        world.run(kill_at=next(attempts, None))
    except Killed:
        for kill in attempts:
            try:
                world.recover(kill_at=kill)
            except Killed:
                continue
        world.recover()
    assert world.files() in (BEFORE, AFTER)
    assert world.unfinished() == 0


@pytest.mark.parametrize("step", STEPS[: PIVOT + 1])
def test_a_step_that_fails_up_to_the_commit_takes_everything_back_at_once(world: World, step: str) -> None:
    with pytest.raises(Broken):
        world.run(broken=step)
    assert world.files() == BEFORE
    assert world.unfinished() == 0


@pytest.mark.parametrize("step", STEPS[PIVOT + 1 :])
def test_a_step_that_fails_past_the_commit_is_gone_through_again_after_a_start(world: World, step: str) -> None:
    with pytest.raises(Broken):
        world.run(broken=step)
    assert world.unfinished() == 1
    world.recover()
    assert world.files() == AFTER
    assert world.unfinished() == 0


@pytest.mark.parametrize("step", STEPS[: PIVOT + 1])
@pytest.mark.parametrize("undo", STEPS[: PIVOT + 1])
def test_killed_while_taking_back_a_failed_step_it_is_as_before(world: World, step: str, undo: str) -> None:
    with pytest.raises((Killed, Broken)):
        world.run(broken=step, kill_at=(undo, "undo"))
    world.recover()
    assert world.files() == BEFORE
    assert world.unfinished() == 0


def test_what_a_step_learned_is_known_after_a_kill(world: World) -> None:
    with pytest.raises(Killed):
        world.run(kill_at=("switch", "after"))
    with world.store.read() as connection:
        row = connection.execute(select(procedure_table)).one()
    assert (row.kind, row.direction, row.step) == ("publish", "forward", PIVOT + 1)
    assert (world.folder / row.state["folder"]).is_dir()


def test_several_interrupted_procedures_are_all_recovered(world: World, tmp_path: Path) -> None:
    other = World(tmp_path / "other", world.store, world.clock)
    for each, point in ((world, ("keep", "done")), (other, ("sweep", "before"))):
        with pytest.raises(Killed):
            Procedures(
                each.store, each.clock, [publish(each, str(each.folder.name), killing(point))], killing(point)
            ).run(each.folder.name, {"text": "new", "refs": [each.folder.name]})
    Procedures(world.store, world.clock, [publish(world, "folder"), publish(other, "other")]).recover()
    assert (world.files(), other.files()) == (BEFORE, AFTER)
    assert world.unfinished() == 0


def test_one_that_cannot_be_recovered_is_trouble_and_keeps_no_other_from_it(world: World, tmp_path: Path) -> None:
    other = World(tmp_path / "other", world.store, world.clock)
    for each in (world, other):
        with pytest.raises(Killed):
            Procedures(
                each.store,
                each.clock,
                [publish(each, each.folder.name, killing(("sweep", "before")))],
                killing(("sweep", "before")),
            ).run(each.folder.name, {"text": "new", "refs": [each.folder.name]})
    kinds = [Publish(world.folder, broken="sweep"), publish(other, "other")]
    kinds[0].kind = "folder"
    procedures = Procedures(world.store, world.clock, kinds)
    procedures.recover()
    assert other.files() == AFTER
    assert world.unfinished() == 1
    assert procedures.trouble() == {"folder": "folder unfinished: Broken: sweep."}
    with pytest.raises(Unavailable) as refused:
        procedures.settle(Ref("folder"))
    assert refused.value.code == "change-unfinished"
    procedures.settle(Ref("other"))
    kinds[0].broken = None
    procedures.settle(Ref("folder"))
    assert (world.files(), world.unfinished(), procedures.trouble()) == (AFTER, 0, {})


def test_what_is_left_open_is_finished_before_the_next_run_about_the_same_branch(world: World) -> None:
    with pytest.raises(Broken):
        world.run(broken="sweep")
    world.procedures().run("publish", {"text": "newer", "refs": ["shop"]})
    assert world.files() == {"live/a": "newer", "live/b": "newer", "index.txt": "newer"}
    assert world.unfinished() == 0


def test_what_removes_a_branch_ends_what_was_left_open_about_it(world: World) -> None:
    broken = Publish(world.folder, broken="sweep")
    remover = Publish(world.folder)
    remover.kind, remover.removes = "remove", True
    procedures = Procedures(world.store, world.clock, [broken, remover])
    for refs in (["shop"], ["shop", "shop:b"]):
        with world.store.write() as connection:
            row = {"kind": "publish", "step": PIVOT + 1, "direction": "forward", "started_at": world.clock()}
            connection.execute(insert(procedure_table).values(**row, state={"text": "old", "refs": refs}))
    with pytest.raises(Unavailable):  # it concerns a branch that stays, too
        procedures.run("remove", {"text": "new", "refs": ["shop"]})
    procedures.run("remove", {"text": "new", "refs": ["shop", "shop:b"]})
    assert (world.unfinished(), procedures.trouble()) == (0, {})


def test_a_failure_that_cannot_be_taken_back_says_both_and_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    procedures = world.procedures(broken="switch")
    publishing = procedures.kinds[0]
    monkeypatch.setattr(publishing, "unkeep", lambda _: (world.folder / "absent").read_text())
    with pytest.raises(Failed, match=r"Broken: switch\. .* failed too: FileNotFoundError") as failed:
        procedures.run("publish", {"text": "new", "refs": ["shop"]})
    assert failed.value.code == "not-taken-back"
    assert world.unfinished() == 1
    monkeypatch.undo()
    procedures.settle(Ref("shop"))
    assert (world.files(), world.unfinished()) == (BEFORE, 0)


def publish(world: World, kind: str, trace: Tracer = no_trace) -> Publish:
    procedure = Publish(world.folder, trace)
    procedure.kind = kind
    return procedure


@pytest.mark.parametrize("point", [*POINTS, *UNDO_POINTS])
def test_sigkill_of_the_process_anywhere_leaves_it_done_or_as_before(
    database: Path, tmp_path: Path, clock: Clock, point: Point
) -> None:
    folder = tmp_path / "folder"
    broken = Publish.commit if point in UNDO_POINTS else None

    def live() -> None:
        World(folder, Store(database), clock).procedures(sigkill_at(point), broken).run(
            "publish", {"text": "new", "refs": ["shop"]}
        )

    assert end_of(live) == -signal.SIGKILL
    store = Store(database)
    world = World(tmp_path / "elsewhere", store, clock)
    world.folder = folder
    world.recover()
    assert world.files() == (AFTER if point not in UNDO_POINTS and committed(point) else BEFORE)
    assert world.unfinished() == 0
    store.close()


def sigkill_at(point: Point) -> Tracer:
    def trace(_kind: str, step: str, when: str) -> None:
        if (step, when) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    return trace


def end_of(life: Callable[[], None]) -> int:
    """Run `life` in a forked process of its own; returns its exit code, negative for the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        try:
            life()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
