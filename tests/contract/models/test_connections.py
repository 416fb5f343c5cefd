"""Connections to providers: encrypted and checked, and through a proxy where the machine has one."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.provider import FakeProvider, Fault

from nacre.engines.models import connections
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.openai import OpenAICompatible
from nacre.engines.models.provider import ChatRequest, Config, Message

ASKED = ChatRequest("fake-large", (Message("user", "Hello"),))
NAME = "provider.test"


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """A certificate for NAME and for this machine, that SSL_CERT_FILE trusts."""
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    make_certificate(key, chain)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    connections._trusting.cache_clear()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, key)
    yield context
    connections._trusting.cache_clear()


async def test_calls_and_streams_are_encrypted_and_let_go_at_once(certified: ssl.SSLContext, until) -> None:
    async with FakeProvider(tls=certified) as fake:
        provider = OpenAICompatible(Config(f"https://localhost:{fake.port}/v1"))
        assert (await provider.chat(ASKED)).text == "You said: Hello"
        assert "".join([piece.text async for piece in provider.stream(ASKED)]) == "You said: Hello"
        assert fake.connections == 1
        fake.script(Fault("stall"))
        call = asyncio.create_task(provider.chat(ASKED))
        await until(lambda: fake.requests == 3)
        call.cancel()
        await until(lambda: fake.closed_by_client == 1, timeout_s=0.5)
        await provider.close()


async def test_a_certificate_of_another_name_is_not_trusted(certified: ssl.SSLContext) -> None:
    async with FakeProvider(tls=certified) as fake:
        with pytest.raises(ModelError) as failed:
            await OpenAICompatible(Config(f"https://127.0.0.1:{fake.port}/v1", "sk-key")).chat(ASKED)
        assert failed.value.kind is Kind.DOWN and "certificate" in failed.value.message
        assert fake.requests == 0


async def test_a_proxy_is_gone_through_and_sees_no_key(certified: ssl.SSLContext, monkeypatch) -> None:
    async with FakeProvider(tls=certified, keys={"sk-key"}) as fake, proxy() as (address, seen):
        monkeypatch.setenv("HTTPS_PROXY", f"http://ann:word@{address}")
        provider = OpenAICompatible(Config(f"https://{NAME}:{fake.port}/v1", "sk-key"))
        for _ in range(2):
            assert (await provider.chat(ASKED)).text == "You said: Hello"
        assert len(seen) == 1 and seen[0].startswith(f"CONNECT {NAME}:{fake.port} HTTP/1.1\r\n")
        assert "Proxy-Authorization: Basic YW5uOndvcmQ=\r\n" in seen[0] and "sk-key" not in seen[0]
        await provider.close()


async def test_a_plain_service_is_asked_through_the_proxy_by_its_whole_address(monkeypatch) -> None:
    async with FakeProvider() as fake, proxy() as (address, seen):
        monkeypatch.setenv("HTTP_PROXY", address)
        provider = OpenAICompatible(Config(f"http://{NAME}:{fake.port}/v1"))
        assert (await provider.chat(ASKED)).text == "You said: Hello"
        assert seen[0].startswith(f"POST http://{NAME}:{fake.port}/v1/chat/completions HTTP/1.1\r\n")
        here = OpenAICompatible(Config(fake.base_url))
        await here.chat(ASKED)
        assert len(seen) == 1, "this machine is not asked through a proxy"
        await provider.close()
        await here.close()


async def test_a_proxy_that_refuses_is_told(monkeypatch) -> None:
    async with proxy(refuses=True) as (address, _):
        monkeypatch.setenv("HTTPS_PROXY", address)
        with pytest.raises(ModelError) as failed:
            await OpenAICompatible(Config(f"https://{NAME}/v1")).chat(ASKED)
        assert failed.value.kind is Kind.DOWN and "refuses with status 407" in failed.value.message


@asynccontextmanager
async def proxy(*, refuses: bool = False) -> AsyncIterator[tuple[str, list[str]]]:
    """A proxy to which every name is this machine; what it was sent before it joined the two ends."""
    seen: list[str] = []

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append(head.decode())
        if refuses:
            writer.write(b"HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n")
            writer.close()
            return
        method, target, _ = head.split(b" ", 2)
        port = int(target.removeprefix(b"http://").partition(b"/")[0].rpartition(b":")[2])
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        if method == b"CONNECT":
            writer.write(b"HTTP/1.1 200 Joined\r\n\r\n")
        else:
            outer.write(head.replace(target, b"/" + target.removeprefix(b"http://").partition(b"/")[2], 1))
        await asyncio.gather(copy(reader, outer), copy(inner, writer))

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(join, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", seen
    finally:
        server.close()


def make_certificate(key_path: Path, chain_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME), x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = serialization.PrivateFormat.PKCS8
    key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))
    chain_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
