"""The verbs of access tokens: token create, list, revoke."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, RootModel

from nacre.accounts.tokens import TokenRow, Tokens
from nacre.core.errors import NotAllowed
from nacre.core.names import check_slug
from nacre.core.operations import Answer, Call, Cli, Effect, operation
from nacre.core.principals import Kind, Principal, Role


class CreateToken(Call):
    name: Annotated[str, Cli(positional=True), Field(min_length=1, max_length=80, description="What it is for.")]
    role: Literal["viewer", "user", "admin"] = Field("user", description="The most that it may do, anywhere.")
    project: list[str] = Field(default=[], description="A project it may touch (repeat for several; none: all).")
    kind: Literal["person", "agent"] = Field("agent", description="Who will use it.")
    days: float | None = Field(None, gt=0, le=3650, description="Days until it expires (none: never).")


class CreatedToken(Answer):
    """`token` is shown this once."""

    id: int
    name: str
    role: str
    projects: list[str] | None
    token: str


class NoInput(Call):
    pass


class TokenList(RootModel[list[TokenRow]]):
    pass


class RevokeToken(Call):
    id: Annotated[int, Cli(positional=True), Field(ge=1, le=2**53, description="Its number in `token list`.")]


@operation("token.create", "POST /api/tokens", role=Role.VIEWER, effect=Effect.WRITE, in_person=True)
def create_token(tokens: Tokens, who: Principal, call: CreateToken) -> CreatedToken:
    """Make an access token for yourself or for an agent of yours.

    The token is printed once and kept only as a digest. It acts for you: whatever it is given, it never may more than
    you may at that time, and it stops when you are disabled.
    """
    role = Role.of(call.role)
    if role > who.highest_role:
        raise NotAllowed("not-allowed", f"{who} cannot give away the role {call.role}.")
    if who.kind is Kind.AGENT and call.kind != "agent":
        raise NotAllowed(
            "not-allowed",
            f"{who} is an agent, and what it is not asked to do by itself a token of another kind would do.",
            hint="Make tokens of the kind person yourself.",
        )
    for project in call.project:
        check_slug(project, "project")
    lifetime = timedelta(days=call.days) if call.days else None
    row, secret = tokens.create(call.name, Kind(call.kind), role, call.project or None, lifetime, who)
    return CreatedToken(id=row.id, name=row.name, role=row.role, projects=row.projects, token=secret)


@operation("token.list", "GET /api/tokens", role=Role.VIEWER, effect=Effect.READ, in_person=True)
def list_tokens(tokens: Tokens, who: Principal, call: NoInput) -> TokenList:
    """List your access tokens, as an admin everybody's, revoked ones included; secrets are never shown."""
    return TokenList(tokens.all(_whose(who)))


@operation("token.revoke", "DELETE /api/tokens/{id}", role=Role.VIEWER, effect=Effect.WRITE, in_person=True)
def revoke_token(tokens: Tokens, who: Principal, call: RevokeToken) -> TokenRow:
    """Stop an access token from working, at once and for good. Admins may revoke anybody's."""
    return tokens.revoke(call.id, _whose(who))


def _whose(who: Principal) -> str | None:
    return None if who.role >= Role.ADMIN else who.person
