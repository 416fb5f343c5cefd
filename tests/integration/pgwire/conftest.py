"""A server of the wire protocol with a small backend, in a thread of its own, and Postgres clusters that ask it."""

import asyncio
import logging
import os
import socket
import ssl
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.integration.postgres.conftest import PASSWORD
from tests.ports import free_port

from nacre.engines.pgwire.backend import ByScram, Column, Hello, Row, Rows, Shape, Trusted
from nacre.engines.pgwire.errors import SqlError
from nacre.engines.pgwire.select import Parameter, parse
from nacre.engines.pgwire.server import Server
from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.installation import Installation, at, embedded
from nacre.engines.postgres.provision import scram_verifier
from nacre.engines.postgres.seat import Seat
from nacre.engines.postgres.session import connect
from nacre.engines.processes.users import find


class Echo:
    """`call` answers with what it is asked; `stream` counts to a number, each when it is let; `wait` never ends.

    `flood` gives a gigabyte, `broken` has a defect.
    """

    def __init__(self) -> None:
        self.sessions = 0
        self.flooded = 0
        self.waiting = 0
        self.let = asyncio.Semaphore(0)
        self.hellos: list[Hello] = []

    async def admit(self, hello: Hello) -> Trusted[str] | ByScram[str]:
        self.hellos.append(hello)
        if hello.user == "nobody":
            raise SqlError("28000", "Nobody is not let in.")
        self.sessions += 1
        if hello.peer is None:
            return ByScram(scram_verifier("right", b"salt of sixteen."), hello.user)
        return Trusted(hello.user)

    def describe(self, session: str, text: str) -> Shape:
        select = parse(text)
        known = {"call": "answer", "stream": "piece", "wait": "answer", "flood": "piece", "broken": "answer"}
        column = known.get(select.relation)
        if column is None:
            raise SqlError("42P01", f"There is no relation {select.relation}.", hint="Ask call or stream.")
        return Shape(select.parameters, (Column(column),))

    def run(self, session: str, text: str, parameters: Row) -> Rows:
        select = parse(text)
        columns = self.describe(session, text).columns
        asked = select.equals.get("request", "")
        request = parameters[asked.number - 1] if isinstance(asked, Parameter) else asked
        if select.relation == "call":
            return Rows(columns, self._call(session, request or ""))
        if select.relation == "stream":
            return Rows(columns, self._stream(int(request or 0)), lively=True)
        if select.relation == "flood":
            return Rows(columns, self._flood())
        if select.relation == "broken":
            raise ZeroDivisionError
        return Rows(columns, self._wait())

    async def gone(self, session: str) -> None:
        self.sessions -= 1

    async def _call(self, session: str, request: str) -> AsyncIterator[Row]:
        if request == "fail":
            raise SqlError("LM004", "Too much was asked.", detail="Of whom: me.", hint="Wait a minute.")
        yield (f"{session}: {request}",)

    async def _stream(self, count: int) -> AsyncIterator[Row]:
        for number in range(count):
            await self.let.acquire()
            yield (str(number),)

    async def _flood(self) -> AsyncIterator[Row]:
        for self.flooded in range(1, 10_001):
            yield ("x" * 100_000,)

    async def _wait(self) -> AsyncIterator[Row]:
        self.waiting += 1
        try:
            await asyncio.sleep(60)
        finally:
            self.waiting -= 1
        yield ("at last",)


class _Complaints(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(self.format(record))


class Served:
    """Where the server listens, and its backend. `complaints` are what it logged as defects."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.tls_port = free_port(), free_port()
        self.certificate_path, self.certificate_der = _certificate(folder)
        self.echo = Echo()
        self.server: Server[str] = Server(self.echo, limit_connections=100, let_in_within_s=0.5)
        self.complaints: list[str] = []
        logging.getLogger("nacre.engines.pgwire").addHandler(_Complaints(self.complaints))
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: uvloop.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def let(self, count: int = 1) -> None:
        for _ in range(count):
            self._loop.call_soon_threadsafe(self.echo.let.release)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    async def _run(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        unix = socket.socket(socket.AF_UNIX)
        unix.bind(str(self.folder / ".s.PGSQL.5432"))
        (self.folder / ".s.PGSQL.5432").chmod(0o777)
        tcp = socket.create_server(("127.0.0.1", self.port))
        unix.listen(128)
        await self.server.serve(unix)
        await self.server.serve(tcp)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate_path)
        await self.server.serve(socket.create_server(("127.0.0.1", self.tls_port)), context, self.certificate_der)
        self._ready.set()
        await self._end.wait()
        await self.server.close()


def _certificate(folder: Path) -> tuple[Path, bytes]:
    """One that signs itself, with its key: where they lie, and its DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1)).sign(key, SHA256())
    )  # fmt: skip
    path = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path, certificate.public_bytes(Encoding.DER)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with tempfile.TemporaryDirectory(prefix="nacre-") as folder:
        Path(folder).chmod(0o755)
        served = Served(Path(folder))
        yield served
        served.stop()


def _installation(major: int, engines: Path) -> Installation:
    if major == 18:
        return embedded(engines)
    bin_dir = Path(f"/usr/lib/postgresql/{major}/bin")
    if not bin_dir.is_dir():
        pytest.skip(f"needs PostgreSQL {major} of the system, in {bin_dir}")
    return at(bin_dir)


@pytest.fixture(scope="module", params=[18, 15])
def installation(request: pytest.FixtureRequest) -> Iterator[Installation]:
    """A PostgreSQL of each kind."""
    with tempfile.TemporaryDirectory(prefix="nacre-") as folder:
        Path(folder).chmod(0o755)
        yield _installation(request.param, Path(folder))


@pytest.fixture(scope="module")
def cluster(installation: Installation) -> Iterator[Seat]:
    """A running Postgres, without anything of ours."""
    with tempfile.TemporaryDirectory(prefix="nacre-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        owner = (find("nacre") or find("nobody")) if os.geteuid() == 0 else None
        data = place / "data"
        data.mkdir(mode=0o700)
        made = Cluster(installation, data, owner)
        made.initialise(PASSWORD)
        seat = Seat(free_port(), place / "run")
        made.start(seat, place / "wal", place / "log")
        try:
            yield seat
        finally:
            made.stop("immediate")


@pytest.fixture(scope="module")
def asking(cluster: Seat, served: Served):
    """A connection to that Postgres, which asks the server through postgres_fdw."""
    with connect(cluster, password=PASSWORD) as connection:
        connection.execute("SET search_path = public")
        connection.execute("CREATE EXTENSION postgres_fdw")
        connection.execute(
            "CREATE SERVER echo FOREIGN DATA WRAPPER postgres_fdw OPTIONS"
            f" (host '{served.folder}', port '5432', dbname 'any', fetch_size '1')"
        )
        connection.execute("CREATE USER MAPPING FOR CURRENT_USER SERVER echo OPTIONS (user 'fdw')")
        for name, column in (("call", "answer"), ("stream", "piece"), ("wait", "answer")):
            connection.execute(f"CREATE FOREIGN TABLE {name} (request text, {column} text) SERVER echo")
        yield connection
