"""Who calls: a person, an agent acting for one, a node, or the owner on the local socket; and what each may do."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Role(IntEnum):
    """Ordered: a higher role may do all that a lower one may."""

    VIEWER = 1
    USER = 2
    ADMIN = 3
    OWNER = 4

    @property
    def word(self) -> str:
        return self.name.lower()


class Kind(StrEnum):
    OWNER = "owner"
    PERSON = "person"
    AGENT = "agent"
    NODE = "node"


@dataclass(frozen=True)
class Principal:
    """A caller as made out by a surface. `projects` is None for all projects, else the only ones it may touch."""

    kind: Kind
    name: str
    role: Role
    projects: frozenset[str] | None = None

    def may_touch(self, project: str) -> bool:
        return self.projects is None or project in self.projects

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


OWNER = Principal(Kind.OWNER, "owner", Role.OWNER)
"""Whoever can open the daemon's socket (mode 0600) owns this Nacre."""
