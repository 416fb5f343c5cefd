"""What answers the statements that come over the wire: whoever has such a backend can be asked like a database."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

TEXT = 25
"""The OID of the type text; its binary form is its text form, so a client may ask for either."""

S = TypeVar("S")
Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Column:
    name: str
    oid: int = TEXT


@dataclass(frozen=True)
class Shape:
    """What is known of a statement before it runs."""

    parameters: int
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Rows:
    """An answer. `rows` is pulled no faster than the client takes it, and closed when nobody wants more.

    `lively` rows are sent one by one as they come; others may wait for each other.
    """

    columns: tuple[Column, ...]
    rows: AsyncIterator[Row]
    lively: bool = False


@dataclass(frozen=True)
class Peer:
    """The process at the other end of a unix socket, as the kernel knows it. (unix(7), SO_PEERCRED)"""

    pid: int
    uid: int
    gid: int


@dataclass(frozen=True)
class Hello:
    """What a client says before it is let in; none of it is proven but `peer`."""

    user: str
    database: str
    application: str
    parameters: Mapping[str, str]
    peer: Peer | None
    encrypted: bool


@dataclass(frozen=True)
class Trusted(Generic[S]):
    """Let in as it is."""

    session: S


@dataclass(frozen=True)
class ByScram(Generic[S]):
    """Let in once it proves to know the password behind `verifier`, in the form of pg_authid.rolpassword."""

    verifier: str
    session: S


class Backend(Protocol[S]):
    """All raise SqlError for what the client is to be told. `run` may be cancelled wherever it waits."""

    async def admit(self, hello: Hello) -> Trusted[S] | ByScram[S]:
        """Whether and how a client is let in; the session is handed to all further calls."""

    def describe(self, session: S, text: str) -> Shape:
        """What a statement takes and gives."""

    def run(self, session: S, text: str, parameters: Row) -> Rows:
        """Begin to answer one statement, one that is no transaction's, cursor's or setting's."""

    async def gone(self, session: S) -> None:
        """The client has left."""
