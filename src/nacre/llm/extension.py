"""Makes pg_llm an extension of Nacre's own PostgreSQL: where it is found, and where its functions find the side-car."""

from dataclasses import replace
from pathlib import Path

from nacre.core.whole import write_whole
from nacre.engines.postgres.installation import Installation
from nacre.llm import compat
from nacre.llm.assembling import NAME, PG_LLM

_FROM = 18
"""Before, a server looks for extensions only among its own files."""

_BESIDE = ("vector",)
"""What vectorizers stand on."""

OWN_ROLES = ("llm_reader", "llm_worker")
"""Whom the side-car signs in as, in the databases that call it."""


_SOCKET_DIR = "/proc/self/cwd/../../../../../../../run/llm"
"""Where the side-car listens, from a server in its data directory home/projects/P/branches/B/postgres/N/data: databases
keep this, and find it also when the home was moved or restored to another place."""


def with_pg_llm(installation: Installation, engines_dir: Path) -> Installation:
    """The same PostgreSQL, with pg_llm in new databases where that can be, and pg_llm_compat for who wants it."""
    told = replace(
        installation,
        settings=(*installation.settings, ("nacre.llm_socket", _SOCKET_DIR)),
        own_roles=(*installation.own_roles, *OWN_ROLES),
    )
    if installation.major < _FROM:
        return told
    place = engines_dir / NAME
    _lay_out(place / "extension")
    return replace(told, extension_dirs=(*told.extension_dirs, place), given=(*told.given, NAME, *_BESIDE))


def _lay_out(folder: Path) -> None:
    """Servers that run already find a newer version at once: its scripts first, then the file that names it."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder.parent, folder):
        path.chmod(0o755)
    files = PG_LLM.extension() | compat.extension()
    for name in sorted(files, key=lambda name: name.endswith(".control")):
        path, content = folder / name, files[name].encode()
        if not path.exists() or path.read_bytes() != content:
            write_whole(path, content, 0o644)
