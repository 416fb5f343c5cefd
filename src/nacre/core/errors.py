"""Every error a person can meet: what happened, why, and what to do next.

NacreError                      exit 1
├── InvalidInput     400        the words of the call are wrong; nothing was done
├── NotSignedIn      401        no principal could be made out
├── NotAllowed       403        the principal may not do this
├── NotFound         404        the thing named does not exist
├── Conflict         409        the state of things forbids it now
├── TooLarge         413        more was asked for or sent than is handled at once
├── TooOften         429        asked again too soon
├── NoSpace          507        the disk or a size cap would be exceeded
├── Damaged          500        kept history is missing or altered
├── Failed           500        an engine (Postgres, the file system, …) refused
└── Unavailable      503        something that must run does not
    └── DaemonNotRunning        exit 3
"""

from typing import ClassVar


class NacreError(Exception):
    """Base of all errors meant for people.

    `code` is stable and kebab-case, for programs; `message` says what and why; `hint` says what to do next.
    """

    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        message = _printable(message)
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = _printable(hint)

    def document(self) -> dict[str, dict[str, str]]:
        """The error as every surface prints it."""
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint}}


class InvalidInput(NacreError):
    http_status = 400


class NotSignedIn(NacreError):
    http_status = 401


class NotAllowed(NacreError):
    http_status = 403


class NotFound(NacreError):
    http_status = 404


class Conflict(NacreError):
    http_status = 409


class TooLarge(NacreError):
    http_status = 413


class TooOften(NacreError):
    """`wait_s`: how many seconds to wait before asking again."""

    http_status = 429

    def __init__(self, code: str, message: str, *, hint: str = "", wait_s: float = 1) -> None:
        super().__init__(code, message, hint=hint)
        self.wait_s = wait_s


class NoSpace(NacreError):
    http_status = 507


class Damaged(NacreError):
    http_status = 500


class Failed(NacreError):
    http_status = 500


class Unavailable(NacreError):
    http_status = 503


class DaemonNotRunning(Unavailable):
    exit_code = 3


def _printable(text: str) -> str:
    """`text` as UTF-8 can carry it: halves of characters, which JSON and file names may hold, are spelled out."""
    return text.encode(errors="backslashreplace").decode()
