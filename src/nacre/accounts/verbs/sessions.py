"""The verbs of sign-in sessions: session list, end, end-others."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.accounts.sessions import Session, Sessions
from nacre.core.errors import NotAllowed
from nacre.core.operations import Answer, Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role


class ListSessions(Call):
    person: str | None = Field(None, description="Whose (admins only; none: yours).", examples=["ann"])


class EndSession(Call):
    id: Annotated[int, Cli(positional=True), Field(ge=1, le=2**53, description="Its number in `session list`.")]


class NoInput(Call):
    pass


class SessionList(RootModel[list[Session]]):
    pass


class Ended(Answer):
    """`ended` is how many sessions were ended."""

    ended: int


@operation("session.list", "GET /api/sessions", role=Role.VIEWER, effect=Effect.READ, in_person=True)
def list_sessions(sessions: Sessions, who: Principal, call: ListSessions) -> SessionList:
    """List the browsers that you are signed in with."""
    if call.person not in (None, who.person) and who.role < Role.ADMIN:
        raise NotAllowed("not-allowed", "Only admins see the sessions of others.", hint="Leave --person out.")
    return SessionList(sessions.of(call.person or who.person, who.session))


@operation("session.end", "DELETE /api/sessions/{id}", role=Role.VIEWER, effect=Effect.WRITE, in_person=True)
def end_session(sessions: Sessions, who: Principal, call: EndSession) -> Session:
    """Sign out one browser, at once. Admins may end anybody's session."""
    return sessions.end(call.id, None if who.role >= Role.ADMIN else who.person)


@operation("session.end-others", "POST /api/sessions/end-others", role=Role.VIEWER, effect=Effect.WRITE, in_person=True)
def end_other_sessions(sessions: Sessions, who: Principal, call: NoInput) -> Ended:
    """Sign yourself out everywhere but here. From a token or the command line, that is everywhere."""
    return Ended(ended=sessions.end_others(who.person, who.session))
