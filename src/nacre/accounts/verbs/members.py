"""The verbs of membership: member list, set, remove."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from nacre.accounts.members import Member, Members
from nacre.core.names import Ref
from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role

Project = Annotated[Ref, Cli(positional=True), Field(description="The project; any branch of it will do.")]
Name = Annotated[str, Cli(positional=True), Field(description="The person's name.", examples=["ann"])]


class OfProject(Call):
    ref: Project


class SetMember(Call):
    ref: Project
    name: Name
    role: Literal["viewer", "user", "admin"] = Field(
        "user", description="viewer looks, user works, admin also says who else may, and deletes."
    )


class RemoveMember(Call):
    ref: Project
    name: Name


class MemberList(RootModel[list[Member]]):
    pass


@operation("member.list", "GET /api/projects/{ref}/members", role=Role.VIEWER, effect=Effect.READ)
def list_members(members: Members, who: Principal, call: OfProject) -> MemberList:
    """List who works in a project. Admins may everywhere, and need not be listed."""
    return MemberList(members.all(call.ref))


@operation("member.set", "PUT /api/projects/{ref}/members/{name}", role=Role.ADMIN, effect=Effect.WRITE)
def set_member(members: Members, who: Principal, call: SetMember) -> Member:
    """Add a person to a project, or change their role in it."""
    return members.set(call.ref, call.name, call.role, who)


@operation("member.remove", "DELETE /api/projects/{ref}/members/{name}", role=Role.ADMIN, effect=Effect.WRITE)
def remove_member(members: Members, who: Principal, call: RemoveMember) -> Member:
    """Take a person out of a project, at once."""
    return members.remove(call.ref, call.name)
