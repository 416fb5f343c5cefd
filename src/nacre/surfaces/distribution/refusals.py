"""Errors in the words of the protocol: its codes for programs, ours for the people who read them."""

from starlette.responses import JSONResponse

from nacre.core.errors import NacreError, NotSignedIn, TooLarge

_CODES = {
    "bad-digest": "DIGEST_INVALID",
    "bad-manifest": "MANIFEST_INVALID",
    "bad-range": "BLOB_UPLOAD_INVALID",
    "bad-repository": "NAME_INVALID",
    "bad-tag": "MANIFEST_INVALID",
    "blob-not-found": "BLOB_UNKNOWN",
    "digest-mismatch": "DIGEST_INVALID",
    "manifest-not-found": "MANIFEST_UNKNOWN",
    "not-allowed": "DENIED",
    "not-your-job": "DENIED",
    "repository-not-found": "NAME_UNKNOWN",
    "stale-fence": "DENIED",
    "unknown-route": "UNSUPPORTED",
    "upload-not-found": "BLOB_UPLOAD_UNKNOWN",
    "upload-offset": "BLOB_UPLOAD_INVALID",
}


def refusal(error: NacreError, *, about_manifest: bool = False) -> JSONResponse:
    """The error as clients of registries read it; a part that is missing is another error for a manifest."""
    code = _CODES.get(error.code, _general(error))
    status = error.http_status
    if about_manifest and error.code == "blob-not-found":
        code, status = "MANIFEST_BLOB_UNKNOWN", 400
    message = f"{error.message} {error.hint}".strip()
    return JSONResponse({"errors": [{"code": code, "message": message, "detail": {"code": error.code}}]}, status)


def _general(error: NacreError) -> str:
    if isinstance(error, NotSignedIn):
        return "UNAUTHORIZED"
    return "SIZE_INVALID" if isinstance(error, TooLarge) else "UNKNOWN"
