"""The process that follows logs, as a service of the daemon."""

import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

import nacre
from nacre.engines.processes.child import Child, Command
from nacre.monitoring.logs.caps import Caps

NAME = "logs"
_VERSION = "NACRE_LOGS"


@dataclass(frozen=True)
class Told:
    """What it must know. `plan` says what is followed, `shelves` is where it is kept, `push_url` where else it goes."""

    plan: Path
    shelves: Path
    caps: Caps
    push_url: str = ""
    push_token: str = field(default="", repr=False)

    def document(self) -> bytes:
        push = {"url": self.push_url, "token": self.push_token} if self.push_url else None
        known = {"plan": str(self.plan), "shelves": str(self.shelves), "caps": asdict(self.caps), "push": push}
        return json.dumps(known).encode()


def following(told: Told, log_path: Path, record: Path, home: Path) -> Child:
    """The Service. One that runs is taken over where it was told the same and runs the same code."""
    digest = hashlib.sha256(b"%d %s" % (_code_age(), told.document())).hexdigest()[:16]
    passed_on = {
        name: os.environ[name] for name in ("PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR") if name in os.environ
    }
    return Child(
        Command(
            name=NAME,
            argv=(sys.executable, "-P", "-m", "nacre.monitoring.logs.process"),
            log_path=log_path,
            record=record,
            env={"PATH": os.environ.get("PATH", os.defpath), **passed_on},
            version=(_VERSION, digest),
            cwd=home,
            told=told.document(),
        )
    )


def _code_age() -> int:
    """When the newest of what it runs was changed: one of before an upgrade is not taken over."""
    package = Path(nacre.__file__).parent
    folders = (package / "monitoring" / "logs", package / "monitoring" / "afar", package / "engines" / "logs")
    return max(path.stat().st_mtime_ns for folder in folders for path in folder.rglob("*.py"))
