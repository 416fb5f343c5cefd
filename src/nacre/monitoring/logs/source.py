"""A source: one log that is followed, whose it is, and the shelf that its lines are kept on."""

import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

Kind = Literal["nacre", "audit", "postgres", "app", "requests", "release", "workspace"]
"""Of Nacre's own parts, what people did, a branch's Postgres, an app, what an app is asked, the making of a release, a
workspace."""

LABEL = "source.json"
_SET_ASIDE = re.compile(r"-\d{4}-\d\d-\d\dT[\d.-]+\.log$")  # as Caddy names what it rolls
UNREAD = ("exec-", "terminal-")
"""Processes of workspaces whose output went to whoever ran them."""


@dataclass(frozen=True)
class Source:
    """`key` names the shelf, and no other source ever; `name` is what people call it.

    `since` is when its project was made, in ms: another project of the same name is another's. `path` is the file, or
    with `each` a folder in which every file NAME.log is a source of its own, but those whose names begin like `but`;
    with `only` those alone that begin so. `rolls`: its writer keeps it from growing, and others read it as well, so its
    disk is not given back.

    With `view` it is no log of its own: it is the lines of the log of this key whose field `app` is its app, or, where
    it has none, whose field `project` is its project, from `from_ms` on, when that was made.

    What runs on another machine names its `node`, and `path` is where its lines are brought to, with when they were
    written (`carried`, afar/spool.py).
    """

    key: str
    name: str
    kind: Kind
    path: str
    project: str = ""
    since: int = 0
    branch: str = ""
    app: str = ""
    release: int = 0
    person: str = ""
    process: str = ""
    each: bool = False
    but: tuple[str, ...] = ()
    only: str = ""
    rolls: bool = False
    view: str = ""
    from_ms: int = 0
    node: str = ""
    carried: bool = False

    def part(self, file: Path) -> "Source":
        """The source that one file in the folder of this one is."""
        own = file.name.removesuffix(".log").removeprefix(self.only)
        name = f"{self.name} {own}".strip()
        number = int(own) if self.kind == "release" and own.isdecimal() else self.release
        return replace(
            self, key=f"{self.key}.{own}", name=name, path=str(file), process=own if self.kind != "release" else "",
            release=number, each=False, but=(), only="",
        )  # fmt: skip


def parts(source: Source) -> list[Source]:
    """The sources that are there now to be followed: itself, or one for each file of its folder."""
    if source.view:
        return []
    if not source.each:
        return [source]
    files = sorted(Path(source.path).glob(f"{source.only}*.log"))
    return [
        source.part(file) for file in files if not file.name.startswith(source.but) and not _SET_ASIDE.search(file.name)
    ]


def write_plan(path: Path, sources: list[Source]) -> None:
    """Tell the follower, whole or not at all, what is to be followed."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps([asdict(source) for source in sources]))
    fresh.replace(path)


def read_plan(path: Path) -> list[Source]:
    return [read_source(each) for each in json.loads(path.read_text())]


def label(folder: Path, source: Source) -> None:
    """Write on a shelf's folder whose lines are in it, for those who read them when the source is long gone."""
    fresh = folder / "source.new"
    fresh.write_text(json.dumps(asdict(source)))
    fresh.replace(folder / LABEL)


def labelled(folder: Path) -> Source | None:
    """Whose lines are in this folder; None where that cannot be read: they are shown to nobody then."""
    try:
        return read_source(json.loads((folder / LABEL).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def read_source(document: dict[str, object]) -> Source:
    """Of what `asdict` made of one. Raises ValueError, TypeError."""
    but = document.pop("but", ())
    assert isinstance(but, list | tuple)
    return Source(**document, but=tuple(map(str, but)))  # type: ignore[arg-type]  # as `asdict` wrote it
