"""What workspaces use, and who may see the numbers of whose apps and workspaces."""

import json
import os
from contextlib import nullcontext
from math import isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from nacre.core.names import Ref
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.engines.host.processes import Processes
from nacre.monitoring.measures.workspace import WORKSPACE
from nacre.monitoring.probes.busy import Busy
from nacre.monitoring.probes.workspace import OfWorkspaces
from nacre.monitoring.sample import Subject
from nacre.monitoring.seeing import may_see
from nacre.runtime.afar.messages import UsedThere
from nacre.workspaces.workspaces import Running

_SOUND = {"pid": 7, "cpu_s": 1.5, "memory_bytes": 5_000_000, "processes": 2}

ANN = Principal(Kind.PERSON, "ann", Role.VIEWER, members_only=True, memberships={"shop": Role.VIEWER})
AGENT = Principal(Kind.AGENT, "agent", Role.USER, branch=Ref("shop", "try"), projects=frozenset({"shop"}))


def test_a_workspace_is_told_by_its_branch_and_person_with_what_its_processes_use() -> None:
    running = [Running("ann", Ref("shop", "try"), os.getpid(), 7_000), Running("bob", Ref("shop"), 1 << 30, None)]
    probe = OfWorkspaces(lambda: running, Processes(), 1 << 30, 5 << 30)
    list(probe.look())
    (ann, used), (bob, gone) = probe.look()
    numbers = dict(zip(WORKSPACE.places, used, strict=True))
    assert (ann, bob) == ("shop:try/ann", "shop/bob")
    assert numbers["cpu_percent"] >= 0 and numbers["memory"] > 10e6 and numbers["processes"] >= 1
    assert (numbers["disk"], numbers["disk_most"]) == (7_000, 5 << 30)
    assert isnan(gone[0]) and isnan(gone[1])


def test_what_is_used_elsewhere_is_put_to_the_time_between_its_reports() -> None:
    busy = Busy()
    looks = [(10.0, 2.0), (10.0, 2.0), (13.0, 3.5), (13.0, 3.5), (1.0, 0.1)]  # asked twice of each; then it starts anew
    told = []
    for at_s, cpu_s in looks:
        busy.begin()
        told.append(busy.percent(("shelf", 7), cpu_s, at_s))
    assert [isnan(one) for one in told] == [True, True, False, False, True]
    assert told[2] == told[3] == 50.0


@settings(deadline=None)
@given(
    said=st.dictionaries(st.sampled_from([*_SOUND]), st.sampled_from([-1, "x", None, 1e300, 1 << 70, [], float("inf")]))
)
def test_a_node_that_reports_nonsense_is_heard_of_as_nothing(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError) if said else nullcontext():
        UsedThere.model_validate_json(json.dumps(_SOUND | said))


@pytest.mark.parametrize(
    ("kind", "label", "seen_by"),
    [
        ("app", "shop/shop", {"owner", "ann"}),
        ("app", "bank/shop", {"owner"}),
        ("app", "shop:main/shop", {"owner"}),
        ("workspace", "shop:try/ann", {"owner", "ann", "agent"}),
        ("workspace", "shop/ann", {"owner", "ann"}),
        ("workspace", "bank/ann", {"owner"}),
        ("gateway", "", {"owner"}),
        ("certificate", "shop.example.com", {"owner"}),
    ],
)
def test_each_sees_their_own_projects(kind: str, label: str, seen_by: set[str]) -> None:
    callers = {"owner": OWNER, "ann": ANN, "agent": AGENT}
    assert {name for name, who in callers.items() if may_see(who, Subject(kind, label))} == seen_by
