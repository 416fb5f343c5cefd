"""The verbs of people: person list, invite, show, update, disable, enable, remove, reset-link."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from nacre.accounts.links import INVITED_FOR, Link, Links
from nacre.accounts.people import Language, People, Person
from nacre.accounts.reception import Reception
from nacre.core.operations import Answer, Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role

SystemRole = Literal["viewer", "user", "admin"]
Name = Annotated[str, Cli(positional=True), Field(description="The person's name.", examples=["ann"])]
DisplayName = Annotated[str | None, Field(min_length=1, max_length=80, description="The name that others see.")]
Email = Annotated[str | None, Field(max_length=254, description="Their e-mail address; they may sign in by it.")]


class NoInput(Call):
    pass


class OfPerson(Call):
    name: Name


class Invite(Call):
    name: Name
    display_name: DisplayName = None
    email: Email = None
    role: SystemRole = Field(
        "user", description="viewer looks at everything, user works where they are a member, admin does all."
    )
    language: Language = Field("en", description="The language of the console.")


class UpdatePerson(Call):
    name: Name
    display_name: DisplayName = None
    email: Email = None
    role: SystemRole | None = Field(None, description="What they may do.")
    language: Language | None = Field(None, description="The language of the console.")


class PersonList(RootModel[list[Person]]):
    pass


class Invited(Answer):
    """`link` lets them in, once; only its digest is kept."""

    person: Person
    link: Link


@operation("person.list", "GET /api/people", role=Role.USER, effect=Effect.READ)
def list_people(people: People, who: Principal, call: NoInput) -> PersonList:
    """List the people of this Nacre; only admins see addresses, memberships and when somebody was last here."""
    found = people.all()
    return PersonList(found if who.role >= Role.ADMIN else [_in_brief(person) for person in found])


@operation("person.invite", "POST /api/people", role=Role.ADMIN, effect=Effect.WRITE)
def invite_person(desk: Reception, who: Principal, call: Invite) -> Invited:
    """Invite a person: makes their account and a one-time link by which they choose a password, good for 7 days."""
    person = desk.people.invite(call.name, call.display_name or "", call.email, call.role, call.language, who)
    return Invited(person=person, link=desk.links.to_person(call.name, str(who), INVITED_FOR))


@operation("person.show", "GET /api/people/{name}", role=Role.ADMIN, effect=Effect.READ)
def show_person(people: People, who: Principal, call: OfPerson) -> Person:
    """Show a person: role, state, memberships."""
    return people.get(call.name)


@operation("person.update", "PATCH /api/people/{name}", role=Role.ADMIN, effect=Effect.WRITE)
def update_person(people: People, who: Principal, call: UpdatePerson) -> Person:
    """Change a person's role, address, language or the name that others see. An empty address takes it away."""
    changes = call.model_dump(exclude_unset=True, exclude_none=True, exclude={"name"})
    return people.update(call.name, changes)


@operation("person.disable", "POST /api/people/{name}/disable", role=Role.ADMIN, effect=Effect.WRITE)
def disable_person(people: People, who: Principal, call: OfPerson) -> Person:
    """Keep a person out, at once: their sessions end, and their tokens stop until they are enabled again."""
    return people.disable(call.name)


@operation("person.enable", "POST /api/people/{name}/enable", role=Role.ADMIN, effect=Effect.WRITE)
def enable_person(people: People, who: Principal, call: OfPerson) -> Person:
    """Let a disabled person in again."""
    return people.enable(call.name)


@operation("person.remove", "DELETE /api/people/{name}", role=Role.ADMIN, effect=Effect.DESTRUCTIVE)
def remove_person(people: People, who: Principal, call: OfPerson) -> Person:
    """Remove a person's account, memberships and sessions, and revoke their tokens. Their projects stay."""
    return people.remove(call.name)


@operation("person.reset-link", "POST /api/people/{name}/link", role=Role.ADMIN, effect=Effect.WRITE)
def make_reset_link(links: Links, who: Principal, call: OfPerson) -> Link:
    """Make a one-time link by which a person chooses a new password, good for 24 hours; earlier ones stop working."""
    return links.to_person(call.name, str(who))


def _in_brief(person: Person) -> Person:
    return person.model_copy(update={"email": None, "memberships": {}, "last_seen_at": None})
