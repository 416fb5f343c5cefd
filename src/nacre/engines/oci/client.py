"""Pushes images to any OCI registry and pulls them, going on where a connection broke off."""

import base64
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import httpx

from nacre.core.errors import Failed, InvalidInput, NotFound, Unavailable
from nacre.engines.oci.blobs import Blobs, chunks_of
from nacre.engines.oci.digests import Digest, parse_digest, require_digest
from nacre.engines.oci.manifest import (
    INDEXES,
    LARGEST_MANIFEST_BYTES,
    MANIFESTS,
    OCI_MANIFEST,
    Descriptor,
    Index,
    Manifest,
    parse_manifest,
)

PIECE_BYTES = 16 << 20
# One that answered before may be starting again, which is worth half a minute; one that never did is down.
_TRIES = 7
_FIRST_TRIES = 3
_PAUSE_S = 0.5
_TIMEOUT = httpx.Timeout(60, connect=10)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Remote:
    """A repository of a registry: `url` is the registry's, `repository` its path in there.

    `credentials` are a name and a password; `headers` go along with every request to that registry.
    """

    url: str
    repository: str
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    verify: bool | ssl.SSLContext = True

    def at(self, path: str) -> str:
        return f"{self.url.rstrip('/')}/v2/{self.repository}/{path}"


class Client:
    """One repository, over one pool of connections. Close it, or use it as a context.

    Everything raises Unavailable "registry-unreachable" when the registry is down or stays broken, Failed
    "registry-refused" with what it said otherwise.
    """

    def __init__(self, remote: Remote, cancelled: Callable[[], bool] = lambda: False) -> None:
        self._remote = remote
        self._cancelled = cancelled
        self._http = httpx.Client(timeout=_TIMEOUT, verify=remote.verify, headers=dict(remote.headers))
        self._token = ""
        self._reached = False

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def push(self, blobs: Blobs, digest: Digest, *references: str) -> None:
        """Bring an image there with all its parts, by its digest and under these tags. What is there is not sent."""
        manifest = parse_manifest(blobs.read(digest, LARGEST_MANIFEST_BYTES))
        if isinstance(manifest, Index):
            raise InvalidInput("bad-manifest", "Images for several machines are not pushed from here.")
        for part in manifest.blobs:
            self.push_blob(blobs, part)
        for reference in (digest, *references):
            answer = self._ask(
                "PUT", self._remote.at(f"manifests/{reference}"), content=manifest.raw,
                headers={"Content-Type": manifest.media_type},
            )  # fmt: skip
            self._require(answer, 200, 201)

    def push_blob(self, blobs: Blobs, part: Descriptor) -> None:
        if self._ask("HEAD", self._remote.at(f"blobs/{part.digest}")).status_code == 200:
            return
        begun = self._require(self._ask("POST", self._remote.at("blobs/uploads/"), content=b""), 202)
        place, at = self._location(begun), 0
        tries = _TRIES
        while at < part.size_bytes:
            end = min(at + PIECE_BYTES, part.size_bytes)
            try:
                place, at = self._send_piece(blobs, part, place, at, end)
                tries = _TRIES
            except (httpx.TransportError, _Elsewhere) as error:
                tries -= 1
                if not tries:
                    raise self._unreachable(error) from error
                self._pause(_TRIES - tries)
                place, at = self._where(place, error)
        finished = self._ask("PUT", str(httpx.URL(place).copy_merge_params({"digest": part.digest})), content=b"")
        self._require(finished, 201, 204)

    def pull(self, blobs: Blobs, reference: str) -> Manifest:
        """Fetch an image, by tag or digest, with all parts that are not in `blobs` yet; each is proven.

        Raises InvalidInput "digest-mismatch", NotFound "image-not-found", NoSpace, TooLarge.
        """
        manifest = self._manifest(reference)
        if isinstance(manifest, Index):
            manifest = self._manifest(manifest.for_this_machine().digest)
        if isinstance(manifest, Index):
            raise InvalidInput("bad-manifest", "The image is a list of lists of images.")
        for part in manifest.blobs:
            if not blobs.has(part.digest):
                blobs.add(self._blob(part), part.digest, part.size_bytes)
        blobs.add(manifest.raw, manifest.digest)
        return manifest

    def _manifest(self, reference: str) -> Manifest | Index:
        answer = self._ask(
            "GET", self._remote.at(f"manifests/{reference}"), headers={"Accept": ", ".join((*MANIFESTS, *INDEXES))}
        )
        if answer.status_code == 404:
            raise NotFound("image-not-found", f"{self._name} has no image {reference}.", hint="Publish it again.")
        self._require(answer, 200)
        if len(answer.content) > LARGEST_MANIFEST_BYTES:
            raise InvalidInput("bad-manifest", f"{self._name} sent a manifest of {len(answer.content):,} bytes.")
        parsed = parse_manifest(answer.content, answer.headers.get("content-type", OCI_MANIFEST))
        if reference.startswith("sha256:"):
            require_digest(parse_digest(reference), parsed.digest, f"What {self._name} sent")
        return parsed

    def _blob(self, part: Descriptor) -> Iterator[bytes]:
        """Its bytes; after a broken connection the rest of them."""
        at, tries = 0, _TRIES
        while True:
            try:
                for chunk in self._blob_from(part, at):
                    at += len(chunk)
                    tries = _TRIES
                    yield chunk
                return
            except httpx.TransportError as error:
                tries -= 1
                if not tries:
                    raise self._unreachable(error) from error
                self._pause(_TRIES - tries)

    def _blob_from(self, part: Descriptor, at: int) -> Iterator[bytes]:
        headers = {"Range": f"bytes={at}-"} if at else {}
        answer = self._ask("GET", self._remote.at(f"blobs/{part.digest}"), headers=headers, stream=True)
        try:
            if answer.status_code == 404:
                raise NotFound("image-not-found", f"{self._name} has no blob {part.digest}.", hint="Publish it again.")
            self._require(answer, 200, 206)
            skip = at if answer.status_code == 200 else 0
            for chunk in answer.iter_raw():
                rest = chunk[skip:]
                skip = max(0, skip - len(chunk))
                if rest:
                    yield rest
        finally:
            answer.close()

    def _send_piece(self, blobs: Blobs, part: Descriptor, place: str, at: int, end: int) -> tuple[str, int]:
        file = blobs.open(part.digest)
        file.seek(at)
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Range": f"{at}-{end - 1}",
            "Content-Length": str(end - at),
        }
        request = self._http.build_request(
            "PATCH", place, content=chunks_of(file, end - at), headers={**headers, **self._authorization(place)}
        )
        answer = self._http.send(request)
        if answer.status_code == 401 and self._sign_in(answer):
            raise _Elsewhere("signed in again")  # the body is spent: ask where to go on
        if answer.status_code == 416 or answer.status_code >= 500:
            raise _Elsewhere(f"{answer.status_code}")
        self._require(answer, 202)
        return self._location(answer), end

    def _where(self, place: str, error: Exception) -> tuple[str, int]:
        """Where an upload goes on, as the registry tells."""
        answer = self._ask("GET", place)
        if answer.status_code == 404:
            raise self._unreachable(error)
        self._require(answer, 204)
        _, _, last = answer.headers.get("range", "0-0").partition("-")
        received = int(last) + 1 if last.isdigit() and last != "0" else 0
        return self._location(answer) if "location" in answer.headers else place, received

    def _ask(
        self,
        method: Literal["GET", "HEAD", "POST", "PUT"],
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        stream: bool = False,
    ) -> httpx.Response:
        """One request that may be repeated; signs in when asked to, and follows where a download is sent."""
        tries = _TRIES if self._reached else _FIRST_TRIES
        for attempt in range(tries):
            try:
                answer = self._once(method, url, dict(headers or {}), content, stream)
                self._reached = True
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer
                answer.read()
                reason: Exception = _Elsewhere(f"{answer.status_code} {answer.text[:200]}")
                if answer.status_code == 507:
                    break
            except httpx.TransportError as error:
                reason = error
            if attempt < tries - 1:
                self._pause(attempt)
        raise self._unreachable(reason) from reason

    def _once(
        self, method: str, url: str, headers: dict[str, str], content: bytes | None, stream: bool
    ) -> httpx.Response:
        for _ in range(2):
            extra: dict[str, Any] = {} if content is None else {"content": content}
            request = self._http.build_request(method, url, headers={**headers, **self._authorization(url)}, **extra)
            answer = self._http.send(request, stream=stream, follow_redirects=method in ("GET", "HEAD"))
            if answer.status_code != 401 or not self._sign_in(answer):
                return answer
            answer.close()
        return answer

    def _authorization(self, url: str) -> dict[str, str]:
        """Only for the registry itself: uploads may lead elsewhere."""
        if self._token and urlsplit(url).netloc == urlsplit(self._remote.url).netloc:
            return {"Authorization": self._token}
        return {}

    def _sign_in(self, answer: httpx.Response) -> bool:
        """Get what the registry asks for; False when there is nothing better to show than what was shown."""
        scheme, _, said = answer.headers.get("www-authenticate", "").partition(" ")
        before = self._token
        if scheme.lower() == "basic" and self._remote.credentials is not None:
            self._token = _basic(self._remote.credentials)
        elif scheme.lower() == "bearer":
            self._token = self._bearer(dict(_CHALLENGE.findall(said)))
        return self._token not in ("", before)

    def _bearer(self, asked: Mapping[str, str]) -> str:
        """A token of the service that the registry names (distribution.github.io/distribution/spec/auth/token)."""
        realm = asked.get("realm", "")
        if urlsplit(realm).scheme not in ("http", "https"):
            raise Failed("registry-refused", f"{self._name} asks to sign in, and does not say where.")
        parameters = {name: asked[name] for name in ("service", "scope") if name in asked}
        signed = {"Authorization": _basic(self._remote.credentials)} if self._remote.credentials else {}
        answer = self._http.get(realm, params=parameters, headers=signed)
        self._require(answer, 200)
        token = answer.json().get("token") or answer.json().get("access_token")
        return f"Bearer {token}" if token else ""

    def _location(self, answer: httpx.Response) -> str:
        return urljoin(str(answer.request.url), str(answer.headers.get("location", "")))

    def _pause(self, attempt: int) -> None:
        until = time.monotonic() + _PAUSE_S * 2**attempt
        while (left_s := until - time.monotonic()) > 0:
            if self._cancelled():
                raise Failed("push-cancelled", f"The transfer with {self._name} was cancelled.")
            time.sleep(min(left_s, 0.1))

    def _require(self, answer: httpx.Response, *expected: int) -> httpx.Response:
        if answer.status_code in expected:
            return answer
        answer.read()
        said = _words(answer)
        if answer.status_code in (401, 403):
            raise Failed(
                "registry-refused", f"{self._name} does not let Nacre in: {said}",
                hint="Check the name and the password in the file that the setting registry_credentials_file names.",
            )  # fmt: skip
        raise Failed("registry-refused", f"{self._name} refused the image ({answer.status_code}): {said}")

    def _unreachable(self, error: Exception) -> Unavailable:
        return Unavailable(
            "registry-unreachable",
            f"The registry {self._name} cannot be reached: {error or type(error).__name__}.",
            hint="What was stored so far stays; try again when it is back.",
        )

    @property
    def _name(self) -> str:
        return f"{urlsplit(self._remote.url).netloc}/{self._remote.repository}"


class _Elsewhere(Exception):
    """The registry is somewhere else in an upload than this side believed."""


def _basic(credentials: tuple[str, str]) -> str:
    return f"Basic {base64.b64encode(':'.join(credentials).encode()).decode()}"


def _words(answer: httpx.Response) -> str:
    """What a registry says went wrong, as far as it can be made out."""
    try:
        errors = answer.json()["errors"]
        return "; ".join(str(error.get("message") or error.get("code")) for error in errors)[:500]
    except (ValueError, KeyError, TypeError, AttributeError):
        return str(answer.text)[:200] or "it gives no reason."
