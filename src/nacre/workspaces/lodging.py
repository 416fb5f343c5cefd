"""What a workspace is made of: its folders on the machine, what is mounted where, its environment."""

import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.clusters import Clusters
from nacre.branches.places import Places
from nacre.core.names import Ref
from nacre.core.settings import Settings
from nacre.engines.sandbox.spec import Egress, Limits, Mount, Spec
from nacre.workspaces.book import Book, Workspace
from nacre.workspaces.environment import Access, Seen, environment
from nacre.workspaces.instructions import API_PORT, agents_md, claude_md
from nacre.workspaces.posting import post
from nacre.workspaces.programs import Programs, programs

_MB, _GB = 1 << 20, 1 << 30
_LONGEST_HOSTNAME = 63

Preview = Callable[[Ref], str | None]
"""The address of a branch's preview, None where there is none."""


class Lodging:
    def __init__(
        self,
        settings: Settings,
        places: Places,
        catalog: Catalog,
        clusters: Clusters,
        book: Book,
        preview: Preview,
    ) -> None:
        self._settings = settings
        self._places = places
        self._catalog = catalog
        self._clusters = clusters
        self._book = book
        self._door = settings.door.parent
        self._preview = preview
        self._programs: Programs = programs(clusters.installation, settings.home / "addons")

    def folder(self, workspace: Workspace) -> Path:
        """The sandbox's own folder: sockets, records, logs; short, since sockets have no long paths."""
        return self._places.home / "run" / "ws" / str(workspace.id)

    def home(self, workspace: Workspace) -> Path:
        """What $HOME is inside: a person has one in each project, and it stays when workspaces and branches go."""
        return self._homes / workspace.person / workspace.ref.project / "home"

    def prepare(self, workspace: Workspace, branch: Branch) -> Spec:
        """Make the folders, tell agents where they are, change the token; what to start then."""
        self._make_home(workspace)
        self._tell(workspace, branch)
        token = f"nacre_ws_{secrets.token_urlsafe(32)}"
        self._book.give_token(workspace.id, token)
        return self.spec(workspace, branch, token)

    def spec(self, workspace: Workspace, branch: Branch, token: str) -> Spec:
        """The sandbox; with an empty token it can be found and stopped, not started."""
        settings, ref = self._settings, branch.ref
        seen = self._seen(workspace, branch)
        access = Access(ref.project, self._catalog.password(branch), branch.port)
        return Spec(
            name=f"workspace {workspace.person} {ref}",
            folder=self.folder(workspace),
            mounts=(
                Mount(self._places.files(ref), seen.files, writable=True),
                Mount(self.home(workspace), seen.home, writable=True),
                # The folder, not the socket in it: after a rewind another Postgres listens there.
                Mount(self._clusters.seat(branch).socket_dir, seen.database),
                Mount(self._told(workspace), seen.told),
                Mount(self._door, seen.door),
                *self._programs.mounts,
            ),
            env=environment(workspace.person, ref, access, token, seen),
            cwd=seen.files,
            hostname=f"{ref.project}-{ref.branch}"[:_LONGEST_HOSTNAME].rstrip("-"),
            limits=Limits(
                cpu_cores=settings.workspace_cpus,
                memory_bytes=settings.workspace_memory_mb * _MB,
                processes=settings.workspace_processes,
                disk_bytes=int(settings.workspace_disk_gb * _GB),
                log_bytes=settings.workspace_log_mb * _MB,
            ),
            egress=Egress(settings.egress, tuple(settings.egress_hosts.split())),
            account=self._clusters.owner,
        )

    def leads(self, branch: Branch) -> list[tuple[int, str]]:
        """Ports inside that lead to sockets inside, for programs that speak to no socket: the API's, the database's."""
        if self._settings.isolation == "none":
            return []
        return [
            (API_PORT, f"{Seen.door}/{self._settings.door.name}"),
            (branch.port, f"{Seen.database}/{self._clusters.seat(branch).socket_path.name}"),
        ]

    def remove(self, workspace: Workspace) -> None:
        """What belongs to the workspace alone; the home is the person's."""
        shutil.rmtree(self.folder(workspace), ignore_errors=True)

    def remove_homes(self, project: str) -> None:
        """All homes in a project that is being removed."""
        for person in self._homes.glob("*"):
            shutil.rmtree(person / project, ignore_errors=True)

    def remove_homes_of(self, person: str) -> None:
        """All homes of a person who is gone."""
        shutil.rmtree(self._homes / person, ignore_errors=True)

    @property
    def _homes(self) -> Path:
        return self._places.home / "workspaces"

    def _told(self, workspace: Workspace) -> Path:
        return self.folder(workspace) / "told"

    def _seen(self, workspace: Workspace, branch: Branch) -> Seen:
        if self._settings.isolation != "none":
            told = Seen.told
            return Seen(home=f"/home/{workspace.person}", programs=(f"{told}/bin", *self._programs.folders))
        told = str(self._told(workspace))
        return Seen(
            files=str(self._places.files(branch.ref)),
            home=str(self.home(workspace)),
            database=str(self._clusters.seat(branch).socket_dir),
            told=told,
            door=str(self._door),
            programs=(f"{told}/bin", *self._programs.folders),
            shared=True,
        )

    def _make_home(self, workspace: Workspace) -> None:
        """Passed through by everybody, looked into by nobody else."""
        home = self.home(workspace)
        for folder in (self._homes, *reversed(home.relative_to(self._homes).parents[:-1])):
            path = self._homes / folder
            path.mkdir(exist_ok=True)
            path.chmod(0o711)
        if home.exists():
            return
        # Whole from its first moment: once it is a person's, nothing in it is believed.
        unfinished = home.with_name("home.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        (unfinished / "data").mkdir(parents=True)
        (unfinished / "data" / "workspace").symlink_to(Seen.files)
        unfinished.chmod(0o700)
        if self._clusters.owner is not None:
            for path in (unfinished, unfinished / "data"):
                os.chown(path, self._clusters.owner.uid, self._clusters.owner.gid)
        unfinished.rename(home)

    def _tell(self, workspace: Workspace, branch: Branch) -> None:
        """AGENTS.md and CLAUDE.md into the branch's files, unless a person has their own; a copy and `nacre` apart."""
        ref, files, owner = branch.ref, self._places.files(branch.ref), self._clusters.owner
        text = agents_md(ref, branch.port, self._preview(ref))
        ours = []
        if post(files, "AGENTS.md", text, owner):
            ours = ["AGENTS.md", *(["CLAUDE.md"] if post(files, "CLAUDE.md", claude_md(), owner) else [])]
        seen = self._seen(workspace, branch)
        told = self._told(workspace)
        (told / "bin").mkdir(parents=True, exist_ok=True)
        for folder in (told, told / "bin"):
            folder.chmod(0o755)
        for name, content, mode in (
            ("AGENTS.md", text, 0o644),
            ("gitignore", "".join(f"/{name}\n" for name in ours), 0o644),
            ("gitconfig", _git_config(seen), 0o644),
            ("bin/nacre", self._programs.nacre, 0o755),
        ):
            path = told / name
            path.write_text(content)
            path.chmod(mode)


def _git_config(seen: Seen) -> str:
    """Nacre's own texts do not show as changes; files of the machine's owner are no reason for git to refuse."""
    return (
        f"[include]\n\tpath = /etc/gitconfig\n"
        f"[core]\n\texcludesFile = {seen.told}/gitignore\n"
        f"[safe]\n\tdirectory = {seen.files}\n"
    )
