"""What is run: one release of an app, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from nacre.engines.oci.digests import Digest
from nacre.images.runspec import RunSpec

LOCAL = "local"
"""The node that the daemon itself runs on."""


@dataclass(frozen=True)
class Deployed:
    """`repository` is where its image is kept in the registry, for one that must be fetched first.

    `env` holds DATABASE_URL, secrets, and what else is set for the app; PORT and NACRE_DATA are added.

    `database` is the folder with the socket of its production database, seen inside at /run/postgresql;
    `database_port` that database's port, at which it is reached on 127.0.0.1 inside, too. `data` is the app's
    persistent folder, seen as /data. What is None there is none of.
    """

    app: str
    release: int
    digest: Digest
    run: RunSpec
    repository: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    database: Path | None = None
    database_port: int | None = None
    data: Path | None = None
    node: str = LOCAL

    @property
    def name(self) -> str:
        """As people are told of it: `shop #12`."""
        return f"{self.app} #{self.release}"


DEPLOYED: TypeAdapter[Deployed] = TypeAdapter(Deployed)
"""Writes one as JSON and reads it again."""
