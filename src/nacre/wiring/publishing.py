"""Wires publishing: apps, the way of their releases, their data and configuration, and what waits for approval."""

import threading

from nacre.building.build import Builder
from nacre.core.procedures import Tracer
from nacre.gateway.site import Site
from nacre.jobs.jobs import Jobs
from nacre.publishing.addresses import Addresses
from nacre.publishing.approvals import Approvals
from nacre.publishing.apps import App, Apps
from nacre.publishing.building import Building
from nacre.publishing.changes import Comparing
from nacre.publishing.configuration import Configuration
from nacre.publishing.configuring import Configuring
from nacre.publishing.deploying import Deploying
from nacre.publishing.domains import Domains
from nacre.publishing.driver import Driver
from nacre.publishing.guard import Guard
from nacre.publishing.keeping import Keeping
from nacre.publishing.logs import Logs
from nacre.publishing.phases import Phases
from nacre.publishing.production import Production
from nacre.publishing.publisher import Publisher
from nacre.publishing.pushing import Pushing
from nacre.publishing.releases import Releases
from nacre.publishing.schedules import Schedules
from nacre.publishing.showing import Showing
from nacre.publishing.stage import Stage
from nacre.publishing.steering import Steering
from nacre.publishing.tending import Tending
from nacre.runtime.afar.fleet import Fleet
from nacre.runtime.cron import CronBook
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.images import Pictured
from nacre.wiring.part import Part
from nacre.wiring.repositories import Kept
from nacre.wiring.time_machine import Wired


def wire_publishing(
    ground: Ground,
    branches: Branches,
    time_machine: Wired,
    repositories: Kept,
    jobs: Jobs,
    pictured: Pictured,
    builder: Builder,
    runtime: Fleet,
    trace: Tracer,
) -> Part:
    """To be started after what it asks: branches, runners, images and the runtime."""
    settings, store, clock, catalog = ground.settings, ground.store, ground.clock, branches.catalog
    site = None if settings.mode == "slim" else Site.of(settings)
    addresses, logs, stopping = Addresses(settings), Logs(settings.logs / "releases"), threading.Event()
    apps, releases = Apps(store, catalog, clock), Releases(store, clock)
    configuration, approvals = Configuration(store, ground.box, clock), Approvals(store, clock, ground.bus)
    domains = Domains(store, apps, site, clock)
    deploying = Deploying(apps, configuration, catalog, branches.clusters, ground.places)
    stage = Stage(runtime, apps, deploying, pictured.images)
    comparing = Comparing(catalog, branches.trees, repositories.looking, releases, configuration)
    showing = Showing(apps, releases, addresses, logs, comparing, stage.status, stage.node)
    production = Production(catalog, branches.clusters, branches.locks, time_machine.procedures, apps)
    phases = Phases(apps, releases, production, time_machine.machine, stage, logs)
    driver = Driver(
        apps, releases, logs, ground.bus,
        {
            "queued": phases.queued,
            "building": Building(jobs, pictured.images, releases, logs, stopping),
            "database": phases.database,
            "releasing": phases.releasing,
            "starting": phases.starting,
            "switching": phases.switching,
        },
        phases.failed, pictured.collector.soon, stopping, trace,
    )  # fmt: skip
    publisher = Publisher(
        apps, releases, configuration, catalog, branches.trees, time_machine.machine, repositories.shelf, driver, logs,
        addresses,
    )  # fmt: skip

    def forget(app: App) -> None:
        domains.leave(app)
        for release in releases.of(app):
            logs.forget(release)
        builder.forget(app.project, app.slug)
        pictured.collector.soon()

    steering = Steering(
        apps, releases, publisher, production, stage, time_machine.machine, showing, driver, jobs, forget
    )
    tending = Tending(apps, steering, clock)
    branches.guests.add(tending.leave)
    pictured.images.keep(Keeping(apps, releases))
    repositories.repositories.on_push(Pushing(catalog, repositories.shelf, publisher, driver.started))
    return Part(
        {
            Apps: apps,
            Approvals: approvals,
            Configuring: Configuring(apps, configuration, publisher.renew),
            Domains: domains,
            Schedules: Schedules(apps, CronBook(store)),
            Guard: Guard(catalog, apps, approvals),
            Publisher: publisher,
            Showing: showing,
            Steering: steering,
        },
        start={"lay out domains": domains.lay_out, "go on publishing": driver.start, "tend apps": tending.start},
        stop=(tending.stop, driver.stop),
    )
