"""Wires the time machine, and with it projects, whose branches begin in the past."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from nacre.branches.catalog import Branch
from nacre.core.procedures import Procedures, Tracer
from nacre.history.activity import Activity
from nacre.history.barrier import Barrier
from nacre.history.basebook import Basebook
from nacre.history.bases import Bases
from nacre.history.checkpoint import Checkpointing
from nacre.history.checkup import Checkup
from nacre.history.collecting import Collecting
from nacre.history.condition import Conditions
from nacre.history.keeper import Keeper
from nacre.history.lineage import Lineage
from nacre.history.logbook import Logbook
from nacre.history.losses import Losses
from nacre.history.machine import TimeMachine
from nacre.history.overview import Overview
from nacre.history.past import Past
from nacre.history.positions import Positions
from nacre.history.rebirth import Rebirth
from nacre.history.retention import Retention
from nacre.history.sealer import Sealer
from nacre.history.segments import Segments
from nacre.history.travel import Travel
from nacre.history.verified import Verifications
from nacre.history.wal import Wal
from nacre.projects.creation import Creation
from nacre.projects.diff import Diffing
from nacre.projects.lifecycle import Lifecycle
from nacre.projects.preview import Previewing
from nacre.projects.removal import Removal
from nacre.repositories.importing import Importing
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part

_log = structlog.get_logger()


@dataclass(frozen=True)
class Wired:
    """The part, what it could not do by branch, for the status, and what others need to look at the past."""

    part: Part
    troubles: Callable[[], tuple[Mapping[str, str], ...]]
    lineage: Lineage
    positions: Positions
    past: Past
    wal: Wal
    procedures: Procedures
    machine: TimeMachine
    conditions: Conditions


def wire_time_machine(ground: Ground, branches: Branches, importing: Importing, trace: Tracer) -> Wired:
    settings, places, store, clock = ground.settings, ground.places, ground.store, ground.clock
    catalog, clusters, trees, locks = branches.catalog, branches.clusters, branches.trees, branches.locks
    storage = branches.storage
    lineage, logbook, basebook = Lineage(catalog), Logbook(store), Basebook(store)
    wal = Wal(catalog, places, clusters, lineage)
    barrier = Barrier(clusters, trees, wal, clock)
    bases = Bases(catalog, places, clusters, storage, basebook, clock)
    positions = Positions(catalog, trees, lineage, logbook, basebook, bases, wal, barrier, clock)
    rebirth = Rebirth(catalog, places, clusters, storage, bases, wal)
    past = Past(catalog, places, clusters, storage, bases, positions, wal)
    removal = Removal(catalog, places, clusters, trees, rebirth, past, branches.guests)
    retention = Retention(
        settings, catalog, places, clusters, trees, storage, basebook, bases, lineage, positions, rebirth, wal, clock
    )
    procedures = Procedures(
        store,
        clock,
        (
            Checkpointing(catalog, barrier, logbook),
            Travel(catalog, clusters, trees, barrier, bases, lineage, logbook, positions, rebirth, clock),
            Creation(
                catalog,
                places,
                clusters,
                trees,
                storage,
                bases,
                lineage,
                logbook,
                positions,
                rebirth,
                removal,
                importing.bring_in,
                clock,
            ),
            removal,
            retention,
        ),
        trace,
    )
    collecting = Collecting(catalog, places, locks, procedures)
    sealer = Sealer(catalog, clusters, bases)
    keeper = Keeper(catalog, clusters, locks, basebook, bases, wal, past, retention, collecting, procedures)
    machine = TimeMachine(catalog, trees, locks, storage, lineage, logbook, positions, wal, procedures, clock)
    verifications = Verifications(store, clock)
    conditions = Conditions(
        catalog,
        places,
        trees,
        basebook,
        bases,
        positions,
        verifications,
        lambda: keeper.trouble,
        timedelta(days=settings.retention_days),
        clock,
    )
    services: dict[type, object] = {
        Procedures: procedures,
        TimeMachine: machine,
        Lifecycle: Lifecycle(catalog, places, clusters, locks, positions, procedures, importing.check, clock),
        Collecting: collecting,
        Overview: Overview(
            catalog, places, trees, storage, lineage, basebook, positions, wal, lambda: keeper.trouble, clock
        ),
        Checkup: Checkup(
            catalog,
            trees,
            basebook,
            bases,
            Segments(catalog, places, clusters, locks, wal),
            Losses(lineage, basebook, wal),
            verifications,
        ),
        Conditions: conditions,
        Diffing: Diffing(catalog, clusters, trees),
        Activity: Activity(catalog, trees, lineage, positions, wal, clock),
        Previewing: Previewing(catalog, clusters, trees, lineage, positions, past, wal, clock),
    }

    def each_running(work: Callable[[Branch], None]) -> None:
        for branch in catalog.running_branches():
            try:
                work(branch)
            except Exception:
                _log.exception("not done at start", branch=str(branch.ref))

    part = Part(
        services,
        start={
            "thaw": partial(each_running, clusters.thaw),
            "sweep views of the past": past.sweep,
            "sweep bases": bases.sweep,
            "finish what was cut off": procedures.recover,
            "sweep sockets": clusters.sweep_seats,
            "keep Postgres": partial(each_running, clusters.keep),
            "watch files": partial(each_running, trees.watch),
            "keep history": keeper.start,
            "seal history": sealer.start,
        },
        stop=(sealer.stop, keeper.stop, past.sweep, trees.close),
    )

    def troubles() -> tuple[Mapping[str, str], ...]:
        return procedures.trouble(), keeper.trouble

    return Wired(part, troubles, lineage, positions, past, wal, procedures, machine, conditions)
