"""Wires the jobs."""

from nacre.jobs.jobs import Jobs
from nacre.jobs.sweeping import Sweeper
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part


def wire_jobs(ground: Ground) -> Part:
    jobs = Jobs(ground.store, ground.clock)
    sweeper = Sweeper(jobs)
    return Part({Jobs: jobs}, start={"sweep jobs": sweeper.start}, stop=(jobs.close, sweeper.stop))
