"""A person's own account: who they are here, what they may change of it, their password."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update

from nacre.accounts.attempts import Attempts, key
from nacre.accounts.passwords import Passwords, check_strength
from nacre.accounts.people import People
from nacre.accounts.secrets import digest
from nacre.accounts.sessions import end_all
from nacre.accounts.tables import people
from nacre.core.errors import Conflict, NotAllowed
from nacre.core.operations import Answer
from nacre.core.principals import OWNER, Principal
from nacre.core.store.store import Store


class WhoAmI(Answer):
    """The caller. `name` is the person behind it, `kind` what calls in their name, `memberships` roles by project.

    With `members_only`, projects that are not among the memberships are out of reach; without, `role` holds in all.
    `projects` is what a token is limited to (None: nothing).
    """

    kind: str
    caller: str
    name: str
    display_name: str
    email: str | None
    role: str
    language: str | None
    members_only: bool
    memberships: dict[str, str]
    projects: list[str] | None


@dataclass(frozen=True)
class Account:
    store: Store
    people: People
    passwords: Passwords
    attempts: Attempts

    def show(self, who: Principal) -> WhoAmI:
        with self.store.read() as connection:
            row = connection.execute(select(people).where(people.c.name == who.person)).one_or_none()
        roles = {project: role.word for project, role in who.memberships.items() if who.may_touch(project)}
        return WhoAmI(
            kind=who.kind.value,
            caller=who.name,
            name=who.person,
            display_name=row.display_name if row else who.person,
            email=row.email if row else None,
            role=who.role.word,
            language=row.language if row else None,
            members_only=who.members_only,
            memberships=roles,
            projects=None if who.projects is None else sorted(who.projects),
        )

    def update(self, who: Principal, changes: Mapping[str, str | None]) -> WhoAmI:
        """Change display_name or language. Raises Conflict "no-account"."""
        self.people.update(_person(who), changes)
        return self.show(who)

    def change_password(self, who: Principal, current: str, new: str) -> int:
        """Returns how many other sessions ended.

        Raises NotAllowed "wrong-password", InvalidInput "weak-password", TooOften "too-many-attempts".
        """
        name = _person(who)
        with self.store.read() as connection:
            row = connection.execute(select(people).where(people.c.name == name)).one()
        keys = [key("account", digest(f"change {name}"))]  # a stolen session must not be able to guess on and on
        self.attempts.begin(keys)
        if not self.passwords.matches(row.password, current):
            raise NotAllowed(
                "wrong-password",
                "This is not your present password.",
                hint="If you have forgotten it, an admin can make you a one-time link: `nacre person reset-link NAME`.",
            )
        self.attempts.passed(keys)
        check_strength(new, name, row.display_name)
        hashed = self.passwords.hash(new)
        with self.store.write() as connection:
            connection.execute(update(people).where(people.c.name == name).values(password=hashed))
            return end_all(connection, name, who.session)


def _person(who: Principal) -> str:
    if who.person in ("", OWNER.person):
        raise Conflict(
            "no-account",
            f"{who} has no account of their own.",
            hint="Call it as a person: in the console, or with NACRE_TOKEN set to a token of theirs.",
        )
    return who.person
