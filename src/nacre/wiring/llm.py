"""Wires the side-car that models are reached by, and what operations call it with."""

import os
from dataclasses import dataclass

from nacre.branches.catalog import Branch
from nacre.core.clock import Clock
from nacre.core.names import MAIN
from nacre.core.settings import Settings
from nacre.llm.client import Llm
from nacre.llm.configuration import Configuration
from nacre.llm.elsewhere.certificate import Certificate, given, own
from nacre.llm.inside import Inside
from nacre.llm.installing.anywhere import Anywhere
from nacre.llm.installing.enabling import Enabling
from nacre.llm.installing.standing import Standings
from nacre.llm.service import Door, Plan, SideCar, prepare
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part


@dataclass(frozen=True)
class Asked:
    """`door` tells how the side-car is, `llm` calls it."""

    part: Part
    door: Door
    llm: Llm


def wire_llm(ground: Ground, branches: Branches) -> Asked:
    """To be started before what calls it: it listens from then on, and costs nothing until somebody calls."""
    home = ground.settings.home
    plan = Plan(
        configuration=_configuration(ground.settings),
        folder=home / "run" / "llm",
        log_path=ground.places.log("models"),
        record=home / "run" / "models.json",
        account=ground.account,
        listen=ground.settings.llm_listen,
        certificate=_certificate(ground.settings, ground.clock) if ground.settings.llm_listen else None,
    )
    prepare(plan)
    door = Door(SideCar(plan, ground.box), ground.supervisor, ground.loop)
    llm = Llm(plan.folder, branches.catalog)

    def leave(branch: Branch) -> None:
        """What a branch spent stays counted, but the next one of its name must not see its calls."""
        if (plan.configuration.folder / "llm.db").exists():
            llm.forget(branch.ref, whole_project=branch.ref.branch == MAIN)

    branches.guests.add(leave)
    enabling = Enabling(branches.catalog, branches.clusters)
    part = Part(
        {
            Llm: llm,
            Inside: Inside(branches.catalog, branches.clusters, llm),
            Enabling: enabling,
            Standings: Standings(branches.catalog, branches.clusters, enabling),
            Anywhere: Anywhere(llm, ground.box, ground.settings.llm_listen),
        },
        start={"listen for calls of models": door.open},
        stop=(llm.close, door.close),
    )
    return Asked(part, door, llm)


def _configuration(settings: Settings) -> Configuration:
    return Configuration(
        home=settings.home,
        daemon_uid=os.geteuid(),
        keeps_texts=settings.llm_keep_texts,
        audit_days=settings.llm_audit_days,
        cache_hours=settings.llm_cache_hours,
        cache_mb=settings.llm_cache_mb,
        private_hosts=frozenset(settings.llm_private_hosts.split()),
    )


def _certificate(settings: Settings, clock: Clock) -> Certificate:
    if settings.llm_certificate_file and settings.llm_certificate_key_file:
        return given(settings.llm_certificate_file, settings.llm_certificate_key_file)
    host = settings.domain or settings.llm_listen.rpartition(":")[0].strip("[]")
    return own(settings.home, host, clock)
