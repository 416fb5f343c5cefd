"""What a sandbox's life (box.py) and the drivers, which make one, hand to each other."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from nacre.engines.processes.identity import Identity
from nacre.engines.sandbox.layout import Layout
from nacre.engines.sandbox.spec import Spec

PROXY_PORT = 3128
"""Where an allow-list's proxy is reached inside."""

WAYS_INSIDE = "/run/nacre/ways"
"""Where the folder with the proxy's socket is in view inside."""


@dataclass(frozen=True)
class Handed:
    """What a driver starts the warden with. `launcher` comes before the command: it joins the control groups.

    `listener`, `config` and `said` are descriptors: the warden's socket, its configuration, and the log.
    """

    layout: Layout
    launcher: tuple[str, ...]
    listener: int
    config: int
    said: int

    def warden_argv(self, folder: str, interpreter: Sequence[str]) -> list[str]:
        """Run the warden, whose package lies in that folder."""
        return package_argv(folder, "warden.main", self.config, interpreter)


@dataclass(frozen=True)
class Launched:
    """The warden, and the process that was started to have it, which may be the same."""

    warden: Identity
    process: "subprocess.Popen[bytes]"


class Launcher(Protocol):
    """How a driver makes a sandbox and its way out."""

    @property
    def own_users(self) -> bool:
        """Whether it makes a user namespace, in which the kernel counts apart."""

    def env(self, spec: Spec) -> Mapping[str, str]:
        """What every process inside has unless the spec says otherwise."""

    def launch(self, spec: Spec, handed: Handed) -> Launched:
        """Start the warden. Raises Failed."""

    def connect(self, spec: Spec, warden: Identity) -> "subprocess.Popen[bytes] | None":
        """Once the warden answers: start what connects the sandbox, if anything does. Raises Failed."""

    def reconnect(self, spec: Spec, warden: Identity) -> "subprocess.Popen[bytes] | None":
        """Start it again, after it has ended and the sandbox has not."""


def mark_of(spec: Spec) -> tuple[str, str]:
    """Name and value in the environment of what belongs to a sandbox on the machine."""
    return "NACRE_SANDBOX", str(spec.folder)


def package_argv(folder: str, module: str, config: int, interpreter: Sequence[str]) -> list[str]:
    """Run a module's `main` on a Python, apart from whatever is installed for it."""
    program = f"import sys; sys.path.insert(0, {folder!r}); from {module} import main; main()"
    return [*interpreter, "-I", "-S", "-B", "-c", program, str(config)]
