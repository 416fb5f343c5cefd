"""The environment of everything that runs in a workspace."""

from dataclasses import dataclass
from urllib.parse import quote

from nacre.core.names import Ref
from nacre.engines.sandbox.view import search_path
from nacre.workspaces.instructions import API_PORT


@dataclass(frozen=True)
class Seen:
    """Where things lie for those inside: as on the machine, and its network with it, where nothing is kept apart."""

    files: str = "/workspace"
    home: str = "/home/nacre"
    database: str = "/run/postgresql"
    told: str = "/etc/nacre"
    door: str = "/run/nacre/door"
    programs: tuple[str, ...] = ()
    shared: bool = False


@dataclass(frozen=True)
class Access:
    """How a person reaches their branch's Postgres: `role` is also the database's name, `port` names the socket."""

    role: str
    password: str
    port: int


def environment(person: str, ref: Ref, access: Access, token: str, seen: Seen) -> dict[str, str]:
    """What Nacre adds to a sandbox's own. The token is fresh at every start, so it is written nowhere."""
    return {
        "HOME": seen.home,
        "USER": person,
        "LOGNAME": person,
        "PATH": ":".join((*seen.programs, search_path(seen.home))),
        "DATABASE_URL": database_url(access, seen.database),
        "PGHOST": seen.database,
        "PGPORT": str(access.port),
        "PGUSER": access.role,
        "PGPASSWORD": access.password,
        "PGDATABASE": access.role,
        "NACRE_REF": str(ref),
        "NACRE_PROJECT": ref.project,
        "NACRE_BRANCH": ref.branch,
        "NACRE_PERSON": person,
        **({} if seen.shared else {"NACRE_URL": f"http://127.0.0.1:{API_PORT}"}),
        "NACRE_SOCKET": f"{seen.door}/api.sock",
        "NACRE_TOKEN": token,
        # The person's own ~/.gitconfig stands above it.
        "GIT_CONFIG_SYSTEM": f"{seen.told}/gitconfig",
    }


def database_url(access: Access, socket_dir: str) -> str:
    """The connection string by socket, as libpq reads it: the host is a parameter, since it is a path."""
    password = quote(access.password, safe="")
    return f"postgresql://{access.role}:{password}@/{access.role}?host={quote(socket_dir, safe='/')}&port={access.port}"
