"""A client is let in: what it says first, TLS, and proof of who it is."""

import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass

from nacre.engines.pgwire import messages
from nacre.engines.pgwire.backend import Backend, ByScram, Hello, Peer, S
from nacre.engines.pgwire.channel import Channel
from nacre.engines.pgwire.errors import BrokenProtocol, SqlError
from nacre.engines.pgwire.messages import Reader
from nacre.engines.pgwire.scram import Scram, end_point

_LONGEST_FIRST_BYTES = 10_000
_LONGEST_SIGN_IN_BYTES = 4_000


@dataclass(frozen=True)
class Encryption:
    """TLS for those who ask for it. `certificate_der` is the server's own, to which sign-ins can be bound."""

    context: ssl.SSLContext
    certificate_der: bytes | None = None


@dataclass(frozen=True)
class Reception:
    """`cancel` is told by which key a client wishes another's statement to end."""

    channel: Channel
    encryption: Encryption | None
    cancel: Callable[[int, int], None]

    async def hear(self) -> Hello | None:
        """What a client says first; None when all it wanted was to have another's statement cancelled.

        Raises SqlError, BrokenProtocol, Gone.
        """
        encrypted = False
        while True:
            packet = Reader(await self.channel.packet(_LONGEST_FIRST_BYTES))
            version = packet.int32()
            if version == messages.TLS:
                encrypted = await self._start_tls(encrypted)
            elif version == messages.GSS:
                self.channel.write(b"N")
            elif version == messages.CANCEL:
                self.cancel(packet.int32(), packet.int32() & 0xFFFFFFFF)
                return None
            elif version >> 16 == 3:
                return self._greeted(packet, version & 0xFFFF, encrypted)
            else:
                raise SqlError("0A000", "Only version 3 of the protocol is spoken here.")

    async def admit(self, backend: Backend[S], hello: Hello) -> S:
        """The session of a client that proved who it is. Raises SqlError, BrokenProtocol, Gone."""
        admission = await backend.admit(hello)
        try:
            if isinstance(admission, ByScram):
                await self._scram(admission.verifier, hello.encrypted)
            self.channel.write(messages.AUTHENTICATION_OK)
        except BaseException:
            await backend.gone(admission.session)
            raise
        return admission.session

    async def _start_tls(self, encrypted: bool) -> bool:
        if self.encryption is None or encrypted:
            self.channel.write(b"N")
            return encrypted
        self.channel.write(b"S")
        await self.channel.encrypt(self.encryption.context)
        return True

    def _greeted(self, packet: Reader, minor: int, encrypted: bool) -> Hello:
        said: dict[str, str] = {}
        while name := packet.string():
            said[name] = packet.string()
        packet.end()
        unknown = [name for name in said if name.startswith("_pq_.")]
        if minor > 0 or unknown:
            self.channel.write(messages.negotiate(unknown))
        user = said.get("user", "")
        if not user:
            raise SqlError("28000", "No user was named.")
        encoding = said.get("client_encoding", "UTF8").lower().strip("'").replace("-", "")
        if encoding not in ("utf8", "unicode", "sql_ascii", "auto"):
            raise SqlError("22023", f"Only UTF-8 is spoken here, not {encoding:.40}.")
        database, application = said.get("database", user), said.get("application_name", "")
        return Hello(user, database, application, said, _peer(self.channel), encrypted)

    async def _scram(self, verifier: str, encrypted: bool) -> None:
        certificate = self.encryption.certificate_der if self.encryption is not None and encrypted else None
        scram = Scram(verifier, end_point(certificate) if certificate is not None else None)
        self.channel.write(messages.sasl(scram.mechanisms))
        said = Reader(await self._answer())
        mechanism = said.string()
        self.channel.write(messages.sasl_continue(scram.first(mechanism, said.take(said.int32()))))
        self.channel.write(messages.sasl_final(scram.final(await self._answer())))

    async def _answer(self) -> bytes:
        kind, said = await self.channel.message(_LONGEST_SIGN_IN_BYTES)
        if kind != ord("p") or said is None:
            raise BrokenProtocol("a password was expected")
        return said


def _peer(channel: Channel) -> Peer | None:
    connected = channel.transport.get_extra_info("socket")
    if connected is None or connected.family != socket.AF_UNIX:
        return None
    return Peer(*struct.unpack("iII", connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)))
