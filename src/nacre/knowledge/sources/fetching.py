"""Fetches pages of the internet, and nothing of this machine or its network: each connection goes to an address that
was checked, also after a redirect. Sizes, times and redirects are bounded, whatever a server does."""

import http.client
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from urllib.parse import urljoin

import psutil

from nacre.core.errors import Failed, NacreError, Unavailable
from nacre.core.trust import trusting
from nacre.knowledge.sources.addresses import Place, Resolve, place_of, reachable, resolve, tidy
from nacre.knowledge.sources.item import MOST_BYTES

_AGENT = "nacre/1.0 (knowledge)"
_CONNECT_S = 10.0
_LONGEST_S = 60.0
_MOST_REDIRECTS = 5
_PIECE_BYTES = 64 << 10


@dataclass(frozen=True)
class Stamp:
    """What a server called a page when it was last fetched, by which it tells whether that changed."""

    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True)
class Page:
    """`url` is where it was found in the end; `body` is None where it is unchanged since its stamp, and empty where
    its kind is not wanted, or where it is too large to be taken `whole`."""

    url: str
    kind: str
    charset: str | None
    stamp: Stamp
    body: bytes | None
    whole: bool = True


class Gone(Exception):
    """The server says that there is no such page."""


class Refused(Failed):
    """The server answers, but not with the page."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__("page-refused", f"{url} is answered with status {status}.")
        self.status = status


class Fetcher:
    """Called from worker threads. `private_hosts` are those that may be fetched from wherever they are; `context` says
    whose certificates are trusted, if not those that this machine trusts."""

    def __init__(
        self,
        private_hosts: Collection[str] = (),
        resolve: Resolve = resolve,
        *,
        connect_s: float = _CONNECT_S,
        longest_s: float = _LONGEST_S,
        context: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self._private_hosts = frozenset(private_hosts)
        self._resolve = resolve
        self._connect_s = connect_s
        self._longest_s = longest_s
        self._context = context or _trusting
        self._open: set[socket.socket] = set()
        self._closed = threading.Event()

    def check(self, url: str) -> None:
        """Refuse what would not be fetched. Raises InvalidInput "bad-url", NotAllowed "private-address", Unavailable
        "page-unreachable"."""
        self._addresses(place_of(url))

    def get(
        self,
        url: str,
        stamp_of: Callable[[str], Stamp] = lambda url: Stamp(),
        is_wanted: Callable[[str, str], bool] = lambda url, kind: True,
    ) -> Page:
        """`stamp_of` tells what is known of an address already: a page that is still the same has no body. `is_wanted`
        says by address and content type whether the body is of interest.

        Raises Gone, Refused; NotAllowed "private-address", InvalidInput "bad-url", Unavailable "page-unreachable".
        """
        ends_s = time.monotonic() + self._longest_s
        for _ in range(_MOST_REDIRECTS + 1):
            place = place_of(url)
            stamp = stamp_of(url)
            with self._asked(place, stamp, ends_s) as response:
                kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                charset = response.headers.get_content_charset()
                match response.status:
                    case 200:
                        now = Stamp(response.headers.get("ETag"), response.headers.get("Last-Modified"))
                        body = _body(response) if is_wanted(url, kind) else b""
                        return Page(url, kind, charset, now, body or b"", whole=body is not None)
                    case 304:
                        return Page(url, kind, charset, stamp, None)
                    case 404 | 410:
                        raise Gone(url)
                    case 301 | 302 | 303 | 307 | 308 if "Location" in response.headers:
                        url = tidy(urljoin(url, response.headers["Location"]))
                    case status:
                        raise Refused(url, status)
        raise Unavailable("page-unreachable", f"{url} leads on and on: more than {_MOST_REDIRECTS} redirects.")

    def pause(self, wait_s: float) -> None:
        """Wait between two pages, as a site asks for."""
        self._closed.wait(wait_s)

    def close(self) -> None:
        """End what is under way."""
        self._closed.set()
        for connection in list(self._open):
            _cut(connection)

    @contextmanager
    def _asked(self, place: Place, stamp: Stamp, ends_s: float) -> Iterator[http.client.HTTPResponse]:
        addresses = self._addresses(place)
        try:
            with self._connected(place, addresses, ends_s) as connection:
                connection.request("GET", place.target, headers=_headers(place, stamp))
                with closing(connection.getresponse()) as response:
                    yield response
                    if time.monotonic() >= ends_s or self._closed.is_set():
                        raise TimeoutError  # the body may have been cut, and its end have looked like one
        except (OSError, http.client.HTTPException, zlib.error) as error:
            late = time.monotonic() >= ends_s
            raise _unreachable(place, f"takes longer than {self._longest_s:g} s" if late else _said(error)) from error

    @contextmanager
    def _connected(self, place: Place, addresses: list[str], ends_s: float) -> Iterator[http.client.HTTPConnection]:
        reached = self._dialled(place, addresses, ends_s)
        if place.tls:
            reached = self._context().wrap_socket(reached, server_hostname=place.host, do_handshake_on_connect=False)
        # Times of single reads bound nothing: a server may send a byte now and then for ever.
        timer = threading.Timer(max(ends_s - time.monotonic(), 0.1), _cut, [reached])
        timer.start()
        self._open.add(reached)
        try:
            if isinstance(reached, ssl.SSLSocket):
                reached.do_handshake()
            with closing(http.client.HTTPConnection(place.host, place.port)) as connection:
                connection.sock = reached
                yield connection
        finally:
            self._open.discard(reached)
            timer.cancel()
            reached.close()

    def _dialled(self, place: Place, addresses: list[str], ends_s: float) -> socket.socket:
        trouble: OSError = OSError("it has no address")
        for address in addresses:
            try:
                wait_s = max(min(self._connect_s, ends_s - time.monotonic()), 0.1)
                return socket.create_connection((address, place.port), wait_s)
            except OSError as error:
                trouble = error
        raise trouble

    def _addresses(self, place: Place) -> list[str]:
        own = [one.address for card in psutil.net_if_addrs().values() for one in card]
        try:
            return reachable(place, self._resolve, own, self._private_hosts)
        except OSError as error:
            raise _unreachable(place, "is no host that is known") from error


def _headers(place: Place, stamp: Stamp) -> dict[str, str]:
    conditions = {"If-None-Match": stamp.etag, "If-Modified-Since": stamp.modified}
    return {
        "Host": place.origin.partition("://")[2],
        "User-Agent": _AGENT,
        "Accept": "text/html, application/xhtml+xml, text/*;q=0.9, application/pdf, */*;q=0.5",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    } | {name: value for name, value in conditions.items() if value is not None}


def _body(response: http.client.HTTPResponse) -> bytes | None:
    """None where it is too large."""
    body = bytearray()
    while piece := response.read1(_PIECE_BYTES):
        body += piece
        if len(body) > MOST_BYTES:
            return None
    if response.length:
        raise http.client.IncompleteRead(bytes(body), response.length)
    if response.headers.get("Content-Encoding", "").lower() != "gzip":
        return bytes(body)
    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
    unpacked = unpacking.decompress(body, MOST_BYTES)
    return None if unpacking.unconsumed_tail else unpacked


def _cut(connection: socket.socket) -> None:
    """Beneath TLS: whoever is just reading meets the end of the connection, and not half of an object."""
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        pass  # it is closed already


_trusting = cache(trusting)


def _said(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"shows a certificate that is not trusted ({error.verify_message})"
    if isinstance(error, OSError):
        return f"cannot be reached: {error.strerror or error}"
    return f"does not answer as a web server does ({type(error).__name__})"


def _unreachable(place: Place, why: str) -> NacreError:
    return Unavailable("page-unreachable", f"{place.host} {why}.", hint="It is tried again the next time.")
