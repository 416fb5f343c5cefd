"""Who calls: a person, an agent acting for one, a node, or the owner on the local socket; and what each may do."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum

from nacre.core.names import Ref


class Role(IntEnum):
    """Ordered: a higher role may do all that a lower one may."""

    VIEWER = 1
    USER = 2
    ADMIN = 3
    OWNER = 4

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> "Role":
        return cls[word.upper()]


class Kind(StrEnum):
    OWNER = "owner"
    PERSON = "person"
    AGENT = "agent"
    NODE = "node"


@dataclass(frozen=True)
class Principal:
    """A caller as made out by a surface.

    `role` holds for the system as a whole, and in every project unless `members_only`; `memberships` are the roles in
    single projects beside it. `projects` is None for all projects, else the only ones it may touch; `branch` is the
    only branch it may touch, None for all. `person` is the name of whoever stands behind the call ("owner" for the
    owner), `session` the sign-in session it came by.
    """

    kind: Kind
    name: str
    role: Role
    projects: frozenset[str] | None = None
    person: str = ""
    members_only: bool = False
    memberships: Mapping[str, Role] = field(default_factory=dict, hash=False)
    session: int | None = field(default=None, compare=False)
    branch: Ref | None = None

    def role_in(self, project: str) -> Role | None:
        """The role in this project; None when the project is none of the caller's business."""
        if self.projects is not None and project not in self.projects:
            return None
        general = None if self.members_only else self.role
        return max((role for role in (general, self.memberships.get(project)) if role), default=None)

    def may_touch(self, project: str) -> bool:
        return self.role_in(project) is not None

    def may_enter(self, ref: Ref) -> bool:
        """Whether it may touch this very branch."""
        return self.may_touch(ref.project) and self.branch in (None, ref)

    @property
    def highest_role(self) -> Role:
        """The highest role it has anywhere: what needs a higher one is refused whatever it names."""
        return max((self.role, *self.memberships.values()))

    def at_most(self, role: Role) -> "Principal":
        """The same caller with no right above `role` anywhere."""
        capped = {project: min(own, role) for project, own in self.memberships.items()}
        return replace(self, role=min(self.role, role), memberships=capped)

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


OWNER = Principal(Kind.OWNER, "owner", Role.OWNER, person="owner")
"""Whoever can open the daemon's socket (mode 0600) owns this Nacre."""
