"""Who calls a model: a role in a database of a branch or of a site elsewhere, or somebody by way of the daemon."""

from dataclasses import dataclass

HOME = "(home)"
"""The site of calls that the daemon makes for nobody's database; no project can be called so."""


@dataclass(frozen=True)
class Caller:
    """As made out when the connection was admitted, completed by what the SQL functions or the daemon say.

    `site` is the branch as `shop:main`, HOME, or the name of an installation elsewhere; `role` that of the database,
    empty from the daemon; `person` the name of a Nacre principal. `by_daemon` tells that a surface of Nacre's own
    asked, for whom the daemon has checked what they may; SQL can never make it true.
    """

    site: str
    database: str = ""
    role: str = ""
    admin: bool = False
    application: str = ""
    branch: str | None = None
    person: str | None = None
    by_daemon: bool = False

    @property
    def scope(self) -> str:
        """What shares answers and secrets: the project of a branch with all its branches, else the site."""
        return self.site if self.branch is None else self.branch.partition(":")[0]

    @property
    def sharing(self) -> str:
        """Who is given an answer that another was given to the very same: a project's, a site's; without either, the
        person alone."""
        return f"{HOME} {self.person}" if self.site == HOME else self.scope

    @property
    def owns_home(self) -> bool:
        """Whether what it changes holds for everybody: an admin of this Nacre, naming no branch."""
        return self.by_daemon and self.admin and self.site == HOME

    def __str__(self) -> str:
        return self.person or self.role or "somebody"
