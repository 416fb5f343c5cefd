"""The protocol's requests: read what is asked, let the registry act, answer in the protocol's words."""

import re
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeVar
from urllib.parse import urlencode

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from nacre.core.errors import InvalidInput, NacreError, NotFound
from nacre.engines.oci.blobs import chunks_of
from nacre.engines.oci.digests import Digest, parse_digest
from nacre.engines.oci.manifest import LARGEST_MANIFEST_BYTES, OCI_INDEX
from nacre.images.registry import Caller, Registry
from nacre.images.repository import Fence, Repository, parse_repository
from nacre.images.uploads import Upload
from nacre.surfaces.distribution.bodies import begins_at, pieces, wanted, whole
from nacre.surfaces.distribution.refusals import refusal
from nacre.surfaces.http.served import Served

T = TypeVar("T")
Endpoint = Callable[["Endpoints", Request], Awaitable[Response]]

_VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
_THREADS = 32
_MOST_TAGS = 10_000
_NUMBER = re.compile(r"\d{1,18}")


def _in_its_words(serve: Endpoint) -> Endpoint:
    @wraps(serve)
    async def endpoint(self: "Endpoints", request: Request) -> Response:
        try:
            answer = await serve(self, request)
        except NacreError as error:
            answer = refusal(error, about_manifest=request.method == "PUT" and "/manifests/" in request.url.path)
        except ClientDisconnect:
            answer = Response(status_code=400)  # nobody reads it; what came of the body is kept
        answer.headers.update(_VERSION)
        return answer

    return endpoint


class Endpoints:
    def __init__(self, daemon: Served) -> None:
        self._daemon = daemon
        self._threads = CapacityLimiter(_THREADS)

    @_in_its_words
    async def check(self, request: Request) -> Response:
        """Whoever comes so far is known."""
        return JSONResponse({})

    @_in_its_words
    async def unknown(self, request: Request) -> Response:
        raise NotFound("unknown-route", f"The registry has nothing at {request.url.path}.")

    @_in_its_words
    async def blob(self, request: Request) -> Response:
        repository, digest = _repository(request), parse_digest(request.path_params["digest"])
        size_bytes = await self._do(self._registry.blob_size, _caller(request), repository, digest)
        headers = {"Docker-Content-Digest": digest, "Accept-Ranges": "bytes", "ETag": f'"{digest}"'}
        try:
            part = wanted(request.headers.get("range"), size_bytes)
        except ValueError:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{size_bytes}"})
        first, length = part or (0, size_bytes)
        headers["Content-Length"] = str(length)
        if part is not None:
            headers["Content-Range"] = f"bytes {first}-{first + length - 1}/{size_bytes}"
        media_type = "application/octet-stream"
        if request.method == "HEAD":
            return Response(
                status_code=200, headers={**headers, "Content-Length": str(size_bytes)}, media_type=media_type
            )
        file = await self._do(self._registry.images.blobs.open, digest)
        file.seek(first)
        chunks = iterate_in_threadpool(chunks_of(file, length))
        return StreamingResponse(chunks, 206 if part else 200, headers=headers, media_type=media_type)

    @_in_its_words
    async def remove_blob(self, request: Request) -> Response:
        digest = parse_digest(request.path_params["digest"])
        await self._do(self._registry.remove_blob, _caller(request), _repository(request), digest)
        return Response(status_code=202)

    @_in_its_words
    async def begin_upload(self, request: Request) -> Response:
        caller, repository = _caller(request), _repository(request)
        mount, digest = request.query_params.get("mount"), request.query_params.get("digest")
        if mount is not None and (source := request.query_params.get("from")) is not None:
            parsed = parse_digest(mount)
            if await self._do(self._registry.mount, caller, repository, parse_repository(source), parsed):
                return _blob_made(repository, parsed)
        expected = parse_digest(digest) if digest is not None else None
        upload = await self._do(self._registry.begin_upload, caller, repository)
        if expected is None:
            return _under_way(repository, upload, 202)
        return await self._take_all(request, caller, repository, upload, expected)

    @_in_its_words
    async def upload_status(self, request: Request) -> Response:
        return _under_way(_repository(request), await self._upload(request), 204)

    @_in_its_words
    async def append(self, request: Request) -> Response:
        repository, upload = _repository(request), await self._upload(request)
        return await self._at_its_place(request, repository, upload) or _under_way(
            repository, await self._take(request, _caller(request), repository, upload), 202
        )

    @_in_its_words
    async def finish(self, request: Request) -> Response:
        caller, repository = _caller(request), _repository(request)
        digest = parse_digest(request.query_params.get("digest", ""))
        upload = await self._upload(request)
        elsewhere = await self._at_its_place(request, repository, upload)
        return elsewhere or await self._take_all(request, caller, repository, upload, digest)

    @_in_its_words
    async def cancel(self, request: Request) -> Response:
        arguments = _caller(request), _repository(request), request.path_params["upload"]
        await self._do(self._registry.cancel_upload, *arguments)
        return Response(status_code=204)

    @_in_its_words
    async def manifest(self, request: Request) -> Response:
        reference = request.path_params["reference"]
        stored = await self._do(self._registry.manifest, _caller(request), _repository(request), reference)
        headers = {
            "Docker-Content-Digest": stored.digest,
            "Content-Length": str(len(stored.raw)),
            "ETag": f'"{stored.digest}"',
        }
        body = b"" if request.method == "HEAD" else stored.raw
        return Response(body, headers=headers, media_type=stored.media_type)

    @_in_its_words
    async def put_manifest(self, request: Request) -> Response:
        repository, reference = _repository(request), request.path_params["reference"]
        raw = await whole(request, LARGEST_MANIFEST_BYTES)
        media_type = request.headers.get("content-type", "")
        digest, subject = await self._do(
            self._registry.put_manifest, _caller(request), repository, reference, raw, media_type
        )
        headers = {"Location": f"/v2/{repository}/manifests/{digest}", "Docker-Content-Digest": digest}
        if subject is not None:
            headers["OCI-Subject"] = subject
        return Response(status_code=201, headers=headers)

    @_in_its_words
    async def remove_manifest(self, request: Request) -> Response:
        reference = request.path_params["reference"]
        await self._do(self._registry.remove_manifest, _caller(request), _repository(request), reference)
        return Response(status_code=202)

    @_in_its_words
    async def tags(self, request: Request) -> Response:
        repository = _repository(request)
        tags = await self._do(self._registry.tags, _caller(request), repository)
        last, asked = request.query_params.get("last", ""), request.query_params.get("n")
        if asked is not None and not _NUMBER.fullmatch(asked):
            raise InvalidInput("bad-range", "n says how many tags to list, and must be a number.")
        most = min(int(asked), _MOST_TAGS) if asked is not None else _MOST_TAGS
        rest = [tag for tag in tags if tag > last]
        answer = JSONResponse({"name": str(repository), "tags": rest[:most]})
        if most and len(rest) > most:
            more = urlencode({"n": most, "last": rest[most - 1]})
            answer.headers["Link"] = f'</v2/{repository}/tags/list?{more}>; rel="next"'
        return answer

    @_in_its_words
    async def referrers(self, request: Request) -> Response:
        digest, kind = parse_digest(request.path_params["digest"]), request.query_params.get("artifactType", "")
        found = await self._do(self._registry.referrers, _caller(request), _repository(request), digest, kind)
        answer = JSONResponse(
            {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": found}, headers={"Content-Type": OCI_INDEX}
        )
        if kind:
            answer.headers["OCI-Filters-Applied"] = "artifactType"
        return answer

    @property
    def _registry(self) -> Registry:
        return self._daemon.service(Registry)

    async def _upload(self, request: Request) -> Upload:
        return await self._do(
            self._registry.upload, _caller(request), _repository(request), request.path_params["upload"]
        )

    async def _at_its_place(self, request: Request, repository: Repository, upload: Upload) -> Response | None:
        """None when the piece begins where the upload ends, else the answer that tells where it does."""
        begin = begins_at(request.headers.get("content-range"))
        if begin is None or begin == upload.received_bytes:
            return None
        return _under_way(repository, upload, 416)

    async def _take(self, request: Request, caller: Caller, repository: Repository, upload: Upload) -> Upload:
        async for piece in pieces(request):
            upload = await self._do(self._registry.append, caller, repository, upload.id, upload.received_bytes, piece)
        return upload

    async def _take_all(
        self, request: Request, caller: Caller, repository: Repository, upload: Upload, digest: Digest
    ) -> Response:
        upload = await self._take(request, caller, repository, upload)
        await self._do(self._registry.finish_upload, caller, repository, upload.id, digest)
        return _blob_made(repository, digest)

    async def _do(self, act: Callable[..., T], *arguments: object) -> T:
        return await run_sync(lambda: act(*arguments), limiter=self._threads)


def _repository(request: Request) -> Repository:
    return parse_repository(request.path_params["name"])


def _caller(request: Request) -> Caller:
    return Caller(request.scope["principal"], _fence(request), request.scope["request_id"])


def _fence(request: Request) -> Fence | None:
    job, fence = request.headers.get("x-nacre-job"), request.headers.get("x-nacre-fence")
    if job is None and fence is None:
        return None
    if not _NUMBER.fullmatch(job or "") or not _NUMBER.fullmatch(fence or ""):
        raise InvalidInput("bad-fence", "X-Nacre-Job and X-Nacre-Fence are two numbers.")
    return Fence(int(job or 0), int(fence or 0))


def _under_way(repository: Repository, upload: Upload, status: int) -> Response:
    """Where the upload goes on; an empty one is told as 0-0, as clients expect it."""
    headers = {
        "Location": f"/v2/{repository}/blobs/uploads/{upload.id}",
        "Range": f"0-{max(0, upload.received_bytes - 1)}",
        "Docker-Upload-UUID": upload.id,
    }
    return Response(status_code=status, headers=headers)


def _blob_made(repository: Repository, digest: Digest) -> Response:
    headers = {"Location": f"/v2/{repository}/blobs/{digest}", "Docker-Content-Digest": digest}
    return Response(status_code=201, headers=headers)
