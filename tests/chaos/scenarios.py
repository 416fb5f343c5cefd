"""The operations that the kill tests strike: how each is made ready, and the two states one of which it must leave."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from _pytest.mark import ParameterSet
from tests.chaos.points import Deed, Fault
from tests.chaos.seen import Seen, look
from tests.chaos.struck import StruckHouse
from tests.daemon import StorageKind

from nacre.core.errors import NacreError
from nacre.core.procedures import Procedure
from nacre.history.checkpoint import Checkpointing
from nacre.history.retention import Retention
from nacre.history.travel import Travel
from nacre.projects.creation import Creation
from nacre.projects.removal import Removal

States = dict[str, Seen]


class Scenario(ABC):
    """One operation on the project `shop`, which stands in state B after a checkpoint “a” in state A."""

    kind: ClassVar[type[Procedure]]
    operation: ClassVar[str]
    arguments: ClassVar[dict[str, Any]]
    storage: ClassVar[StorageKind] = "btrfs"
    settings: ClassVar[dict[str, str]] = {}
    deeds: ClassVar[tuple[Deed, ...]] = ("daemon", "postmaster", "postgres", "both", "fail")
    daemon_killed: ClassVar[tuple[str, ...]] = ("done", "after")  # and before the first step
    again_in_recovery: ClassVar[bool] = True  # once for each kind of procedure

    def __init__(self, house: StruckHouse) -> None:
        self.house = house
        house.call("project.create", name="shop")
        self.write("shop", 1, "a", "first")
        house.call("checkpoint", ref="shop", message="a")
        self.write("shop", 2, "a", "second")
        self.write("shop", 3, "deep/er/b", "b")
        self.prepare()
        self.before = look(house)

    def write(self, ref: str, number: int, path: str, content: str) -> None:
        with self.house.connect(ref) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS t (n int)")
            connection.execute("INSERT INTO t VALUES (%s)", (number,))
        file = self.house.files(ref) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def prepare(self) -> None:  # noqa: B027
        """Bring about what the operation starts from, beyond state B of `shop`."""

    @abstractmethod
    def after(self) -> States:
        """What is seen if the operation was done."""

    @abstractmethod
    def again(self) -> None:
        """After it was done: go on to a state from which it can be done again; `before` is looked at anew then."""

    def is_as_before(self, seen: States) -> bool:
        return seen == self.before

    def is_done(self, seen: States) -> bool:
        return seen == self.after()

    def strike(self, faults: list[Fault]) -> NacreError | None:
        return self.house.strike(faults, self.operation, **self.arguments)

    @property
    def first(self) -> Seen:
        """`shop` as it was at the checkpoint, with the log it has now."""
        return replace(self.before["shop"], rows=(1,), files=(("a", "first"),))


class Checkpoint(Scenario):
    kind = Checkpointing
    operation = "checkpoint"
    arguments: ClassVar = {"ref": "shop"}

    def after(self) -> States:
        return {"shop": logged(self.before["shop"], "checkpoint")}

    def again(self) -> None:
        pass


class Rewind(Scenario):
    kind = Travel
    operation = "rewind"
    arguments: ClassVar = {"ref": "shop", "moment": "a"}

    def after(self) -> States:
        return {"shop": logged(self.first, "rewind")}

    def again(self) -> None:
        self.house.call("undo", ref="shop")


class RewindOnCopies(Rewind):
    storage = "copy"
    deeds = ("daemon", "both")
    daemon_killed = ("done",)
    again_in_recovery = False


class RewindFiles(Rewind):
    deeds = ("daemon",)
    daemon_killed = ("done",)
    again_in_recovery = False
    arguments: ClassVar = {"ref": "shop", "moment": "a", "only": "files"}

    def after(self) -> States:
        return {"shop": logged(replace(self.before["shop"], files=self.first.files), "rewind")}


class Undo(Scenario):
    kind = Travel
    deeds = ("daemon", "both", "postgres")
    daemon_killed = ("done",)
    again_in_recovery = False
    operation = "undo"
    arguments: ClassVar = {"ref": "shop"}

    def prepare(self) -> None:
        self.left = look(self.house)["shop"]
        self.house.call("rewind", ref="shop", moment="a")

    def after(self) -> States:
        back = replace(self.left, log=self.before["shop"].log)
        return {"shop": logged(back, "undo")}

    def again(self) -> None:
        self.house.call("rewind", ref="shop", moment="a")


class CreateBranch(Scenario):
    kind = Creation
    operation = "branch.create"
    arguments: ClassVar = {"ref": "shop", "name": "b", "at": "a"}

    def after(self) -> States:
        return {
            "shop": logged(self.before["shop"], "branch"),
            "shop:b": replace(self.first, log=("created",)),
        }

    def again(self) -> None:
        self.house.call("branch.delete", ref="shop:b")


class ResetBranch(Scenario):
    kind = Travel
    deeds = ("daemon", "both", "postgres")
    daemon_killed = ("done",)
    again_in_recovery = False
    operation = "branch.reset"
    arguments: ClassVar = {"ref": "shop:b"}

    def prepare(self) -> None:
        self.house.call("branch.create", ref="shop", name="b", at="a")
        self.write("shop:b", 9, "own", "of b")

    def after(self) -> States:
        shop = self.before["shop"]
        there = replace(shop, log=self.before["shop:b"].log)
        return {"shop": shop, "shop:b": logged(there, "reset")}

    def again(self) -> None:
        self.house.call("undo", ref="shop:b")


class CreateProject(Scenario):
    kind = Creation
    deeds = ("daemon", "both", "postgres")
    daemon_killed = ("done",)
    again_in_recovery = False
    operation = "project.create"
    arguments: ClassVar = {"name": "other"}

    def after(self) -> States:
        return {**self.before, "other": Seen((), (), ("created",))}

    def again(self) -> None:
        self.house.call("project.delete", ref="other")


class DeleteBranch(Scenario):
    kind = Removal
    operation = "branch.delete"
    arguments: ClassVar = {"ref": "shop:b"}

    def prepare(self) -> None:
        self.house.call("branch.create", ref="shop", name="b", at="a")

    def after(self) -> States:
        return {"shop": self.before["shop"]}

    def again(self) -> None:
        self.prepare()


class DeleteProject(Scenario):
    kind = Removal
    deeds = ("daemon", "both")
    daemon_killed = ("done",)
    again_in_recovery = False
    operation = "project.delete"
    arguments: ClassVar = {"ref": "other"}

    def prepare(self) -> None:
        self.house.call("project.create", name="other")
        self.write("other", 1, "a", "of another")

    def after(self) -> States:
        return {"shop": self.before["shop"]}

    def again(self) -> None:
        self.prepare()


class Collect(Scenario):
    """Nearly nothing is kept, so that much has to go."""

    kind = Retention
    deeds: ClassVar[tuple[Deed, ...]] = ("daemon", "both", "fail")
    operation = "history.collect"
    arguments: ClassVar = {"ref": "shop"}
    settings: ClassVar = {"NACRE_RETENTION_DAYS": "0.00003"}

    def prepare(self) -> None:
        made = self.house.call("checkpoint", ref="shop")
        self.write("shop", 5, "c", "to be undone")
        self.house.call("rewind", ref="shop", moment=f"#{made['id']}")

    def after(self) -> States:
        return self.before

    def is_done(self, seen: States) -> bool:
        """The log's oldest entries go with the states that they name."""
        ours, theirs = self.before["shop"], seen["shop"]
        return replace(theirs, log=ours.log) == ours and ours.log[-len(theirs.log) :] == theirs.log

    def again(self) -> None:
        self.prepare()


class CollectOnCopies(Collect):
    """Where the data directories of generations that were left are let go of as well."""

    storage = "copy"
    deeds = ("daemon",)
    daemon_killed = ("done",)
    again_in_recovery = False


def logged(seen: Seen, kind: str) -> Seen:
    return replace(seen, log=(*seen.log, kind))


SCENARIOS: tuple[type[Scenario], ...] = tuple(
    sorted(
        {one for base in (Scenario, Rewind, Collect) for one in base.__subclasses__()},
        key=lambda one: one.__name__,
    )
)


_KILLED_WITH_ITS_DAEMON = (Collect, DeleteBranch)
"""Their Postgres is killed only when asked to be thorough: that of the others has more to lose."""


def of_each_kind(struck: Callable[[type[Scenario]], bool] = lambda one: True) -> list[ParameterSet]:
    """Those that are struck: one for each kind of procedure, and all of them when asked to be thorough."""
    variant = pytest.mark.thorough
    return [
        pytest.param(
            one,
            id=one.__name__,
            marks=[] if one.again_in_recovery and one not in _KILLED_WITH_ITS_DAEMON else [variant],
        )
        for one in SCENARIOS
        if struck(one)
    ]
