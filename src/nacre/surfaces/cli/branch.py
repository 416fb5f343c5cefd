"""How the command line reaches a branch's Postgres directly."""

from collections.abc import Mapping

from nacre.surfaces.cli.psql import connection_environment
from nacre.surfaces.cli.where import client_of
from nacre.surfaces.verbs import read_manifest


def branch_environment(ref: str, environment: Mapping[str, str], database: str | None = None) -> dict[str, str]:
    """The environment with which a client program of Postgres connects to this branch."""
    answer = client_of(environment).call(read_manifest()["project.url"], {"ref": ref})
    return {**environment, **connection_environment(answer["url"], database)}
