"""What a house has written down of apps and releases, to be written in by tests that need no build."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.daemon import House

from nacre.branches.catalog import Catalog
from nacre.core.clock import system_clock
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.jobs.jobs import Jobs
from nacre.publishing.apps import Apps
from nacre.publishing.releases import Releases


@dataclass(frozen=True)
class Books:
    catalog: Catalog
    apps: Apps
    releases: Releases
    jobs: Jobs


@contextmanager
def books(house: House) -> Iterator[Books]:
    store = Store(house.home / "data.db")
    try:
        catalog = Catalog(store, SecretBox(house.home / "secret.key"), system_clock, house.settings.pg_port)
        apps, releases = Apps(store, catalog, system_clock), Releases(store, system_clock)
        yield Books(catalog, apps, releases, Jobs(store, system_clock))
    finally:
        store.close()
