"""Who is at the other end of the side-car's unix socket: made out by the kernel, whatever they say."""

from dataclasses import dataclass
from pathlib import Path

from nacre.branches.places import Places
from nacre.core.errors import NotAllowed
from nacre.llm.caller import HOME
from nacre.llm.sites import branch_of


@dataclass(frozen=True)
class Peer:
    """`branch` as `shop:main`, None for a site elsewhere and for the daemon, which speaks for anybody."""

    site: str
    branch: str | None = None

    @property
    def is_daemon(self) -> bool:
        return self.site == HOME


def made_out(places: Places, pid: int, uid: int, own_uid: int, daemon_uid: int) -> Peer:
    """A Postgres works in its data directory and runs as the side-car does; the daemon is known by its user.

    Where both run as one user, what works in a data directory is that branch: it is never taken for the daemon.
    Raises NotAllowed "llm-not-allowed" for anybody else.
    """
    if uid == own_uid:
        folder = _folder(pid)
        branch = None if folder is None else branch_of(places, folder)
        if branch is not None:
            name = f"{branch.project}:{branch.branch}"
            return Peer(name, name)
        if folder is None or folder.is_relative_to(places.home / "projects"):
            raise _refused(f"process {pid} works in no branch's live database")
    if uid == daemon_uid:
        return Peer(HOME)
    raise _refused(f"process {pid} of user {uid} is neither a database of this Nacre nor its daemon")


def _folder(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None  # it ended meanwhile


def _refused(why: str) -> NotAllowed:
    return NotAllowed(
        "llm-not-allowed",
        f"The side-car does not know who calls: {why}.",
        hint="Call it from SQL in a database of a branch, or with `nacre llm`.",
    )
