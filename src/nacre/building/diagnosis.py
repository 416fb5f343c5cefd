"""Why a command of a build failed, told from what it said last."""

import re
from dataclasses import dataclass

from nacre.core.errors import Failed, InvalidInput, NacreError, NoSpace, Unavailable

_LINES = 20
_LOOKED_AT = 200
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*\x07)")


@dataclass(frozen=True)
class _Sign:
    pattern: re.Pattern[str]
    kind: type[NacreError]
    code: str
    what: str
    hint: str


def _sign(pattern: str, kind: type[NacreError], code: str, what: str, hint: str) -> _Sign:
    return _Sign(re.compile(pattern, re.IGNORECASE), kind, code, what, hint)


_RELOCK = "Lock it again in the project (`uv lock`, `poetry lock`, `npm install`, …), and commit both files."
_ALWAYS = (
    _sign(r"ENOSPC|No space left on device", NoSpace, "disk-full", "the disk is full", "Make room, and publish again."),
)
_INSTALLING = (
    _sign(
        r"npm ci` can only install packages when|EUSAGE|lockfileVersion|ERR_PNPM_(?:OUTDATED|BROKEN|LOCKFILE)\w*"
        r"|lockfile (?:at .* )?needs to be updated|lockfile would have been modified|YN0028|failed to parse `uv\.lock`"
        r"|poetry\.lock (?:was last generated|is not up to date|file is not)|is not consistent with pyproject"
        r"|Your lockfile needs to be updated|invalid value type in lockfile",
        InvalidInput, "bad-lock-file", "the lock file does not fit what the project asks for", _RELOCK,
    ),
    _sign(
        r"EINTEGRITY|hash mismatch|hashes? (?:do|does) not match|ERR_PNPM_TARBALL_INTEGRITY",
        InvalidInput, "bad-lock-file", "what was fetched is not what is locked", _RELOCK,
    ),
    _sign(
        r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|dns error"
        r"|error sending request|client error \(Connect\)|Temporary failure in name resolution|Network is unreachable"
        r"|NewConnectionError|Max retries exceeded|Could not connect to|registry returned 5\d\d"
        r"|50[234] (?:Bad Gateway|Service)",
        Unavailable, "registry-down", "the package registry cannot be reached",
        "Publish again when it answers; behind a mirror, set UV_DEFAULT_INDEX and NPM_CONFIG_REGISTRY for Nacre.",
    ),
    _sign(
        r"CERT_|self.signed certificate|UNABLE_TO_(?:GET|VERIFY)|invalid peer certificate",
        Unavailable, "registry-down", "the registry's certificate is not trusted here",
        "Set SSL_CERT_FILE and NODE_EXTRA_CA_CERTS for Nacre to this network's certificate.",
    ),
    _sign(
        r"requires a different Python|requires-python|Requires-Python|Unsupported engine|EBAD(?:DEV)?ENGINES?"
        r"|not satisfy the Python",
        InvalidInput, "wrong-runtime-version", "it asks for another version of its language than this machine has",
        "Relax the version that the project asks for, or bring a Dockerfile.",
    ),
)  # fmt: skip
_CONTAINED = (
    _sign(
        r"initializing source docker|pinging container registry|unable to copy from source|no such host"
        r"|short-name .* did not resolve",
        Unavailable, "registry-down", "an image that it begins with cannot be had",
        "Check its name, with its registry before it (docker.io/library/…), and that this machine reaches that.",
    ),
)  # fmt: skip
_KNOWN: dict[str, tuple[_Sign, ...]] = {"dependencies": _INSTALLING, "dockerfile": _CONTAINED}


def failure(phase: str, exit_code: int, log: bytes, memory_mb: int) -> NacreError:
    """The error for a command that ended so. `phase`: "dependencies", "dockerfile", or another that knows no cause."""
    text = _ESCAPES.sub("", log.decode(errors="replace")).replace("\r", "\n")
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    tail = "\n".join(lines[-_LINES:])
    seen = "\n".join(lines[-_LOOKED_AT:])
    what = "The dependencies were not installed" if phase == "dependencies" else "The build failed"
    signs = (*_KNOWN.get(phase, ()), *_ALWAYS)
    for sign in signs:
        if sign.pattern.search(seen):
            return sign.kind(sign.code, f"{what}: {sign.what}. Its last lines:\n{tail}", hint=sign.hint)
    if exit_code in (-9, 137):
        return Failed(
            "build-failed",
            f"{what}: it was killed, as what takes more than {memory_mb} MB is. Its last lines:\n{tail}",
            hint="Give builds more memory with the setting build_memory_mb, or let the build take less.",
        )
    return Failed(
        "install-failed" if phase == "dependencies" else "build-failed",
        f"{what}: the command ended with {_ending(exit_code)}. Its last lines:\n{tail}",
        hint="The job's log has all of it. The same line in a workspace's terminal shows the same.",
    )


def _ending(exit_code: int) -> str:
    return f"exit code {exit_code}" if exit_code >= 0 else f"signal {-exit_code}"
