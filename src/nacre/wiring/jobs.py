"""Wires the jobs, the nodes whose runners do them, and the runners of this machine."""

from collections.abc import Mapping
from dataclasses import dataclass

from nacre.branches.catalog import Branch
from nacre.branches.guests import Guests
from nacre.core.names import MAIN
from nacre.engines.wires.authority import Authority
from nacre.gateway.site import Site, console_address
from nacre.jobs.desk import Desk
from nacre.jobs.jobs import Jobs
from nacre.jobs.sweeping import Sweeper
from nacre.jobs.worker import Runner, Work
from nacre.nodes.joining import Joining
from nacre.nodes.nodes import LOCAL, Nodes
from nacre.nodes.queue import NodeQueue
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part

_SLOTS = 2
"""How many jobs this machine's own runner does side by side; other machines take more."""

_BEAT_S = 1.0
"""Nothing lies between this runner and the jobs, and how soon it hears of a cancelled one depends on it."""


@dataclass(frozen=True)
class Worked:
    """`jobs` and `nodes` are what publishing asks."""

    part: Part
    jobs: Jobs
    nodes: Nodes


def wire_jobs(ground: Ground, guests: Guests) -> Worked:
    jobs = Jobs(ground.store, ground.clock)

    def leave(branch: Branch) -> None:
        if branch.ref.branch == MAIN:
            jobs.forget_project(branch.ref.project)

    guests.add(leave)
    nodes = Nodes(ground.store, ground.clock, jobs)
    sweeper = Sweeper(jobs)
    part = Part(
        {Jobs: jobs, Desk: Desk(jobs), Nodes: nodes, Joining: _joining(ground, nodes)},
        start={"settle this machine's node": nodes.settle, "sweep jobs": sweeper.start},
        stop=(jobs.close, sweeper.stop),
    )
    return Worked(part, jobs, nodes)


def _joining(ground: Ground, nodes: Nodes) -> Joining:
    settings, site = ground.settings, Site.of(ground.settings)
    signs_itself = settings.mode != "slim" and not site.is_public
    authority = Authority(settings.home / "nodes", ground.clock)
    return Joining(nodes, console_address(settings), site.root_certificate if signs_itself else None, authority)


def wire_runners(worked: Worked, works: Mapping[str, Work]) -> Part:
    """This machine's own runners, for the kinds of jobs that `works` does. To be started once what these use is."""
    queue = NodeQueue(worked.jobs, worked.nodes, LOCAL)
    runners = [Runner(queue, works, str(slot), _BEAT_S) for slot in range(1, _SLOTS + 1)]
    leave = [runner.leave for runner in runners]
    return Part(
        {},
        start={f"start runner {slot}": runner.start for slot, runner in enumerate(runners, 1)},
        stop=(worked.jobs.close, *leave, *(runner.stop for runner in runners)),
    )
