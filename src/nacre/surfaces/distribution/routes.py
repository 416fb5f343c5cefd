"""The routes of the OCI distribution protocol, version 1.1.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
"""

from starlette.routing import BaseRoute, Route

from nacre.surfaces.distribution.endpoints import Endpoints
from nacre.surfaces.http.served import Served


def routes(daemon: Served) -> list[BaseRoute]:
    """The names of repositories hold slashes, so the more particular paths come first."""
    serve = Endpoints(daemon)
    return [
        Route("/v2/", serve.check, methods=["GET"]),
        Route("/v2", serve.check, methods=["GET"]),
        Route("/v2/{name:path}/blobs/uploads/", serve.begin_upload, methods=["POST"]),
        Route("/v2/{name:path}/blobs/uploads/{upload}", serve.upload_status, methods=["GET"]),
        Route("/v2/{name:path}/blobs/uploads/{upload}", serve.append, methods=["PATCH"]),
        Route("/v2/{name:path}/blobs/uploads/{upload}", serve.finish, methods=["PUT"]),
        Route("/v2/{name:path}/blobs/uploads/{upload}", serve.cancel, methods=["DELETE"]),
        Route("/v2/{name:path}/blobs/{digest}", serve.blob, methods=["GET", "HEAD"]),
        Route("/v2/{name:path}/blobs/{digest}", serve.remove_blob, methods=["DELETE"]),
        Route("/v2/{name:path}/manifests/{reference}", serve.manifest, methods=["GET", "HEAD"]),
        Route("/v2/{name:path}/manifests/{reference}", serve.put_manifest, methods=["PUT"]),
        Route("/v2/{name:path}/manifests/{reference}", serve.remove_manifest, methods=["DELETE"]),
        Route("/v2/{name:path}/tags/list", serve.tags, methods=["GET"]),
        Route("/v2/{name:path}/referrers/{digest}", serve.referrers, methods=["GET"]),
        Route("/v2/{rest:path}", serve.unknown, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
    ]
