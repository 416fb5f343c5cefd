"""The driver that keeps nothing apart: for machines where no sandbox can be made, and only when it is said aloud."""

import os
import subprocess
from collections.abc import Mapping

from nacre.core.errors import Unavailable
from nacre.engines.processes.identity import Identity, identify_child
from nacre.engines.sandbox import cgroups, view
from nacre.engines.sandbox.box import Box
from nacre.engines.sandbox.compiled import write_package
from nacre.engines.sandbox.driver import Sandbox
from nacre.engines.sandbox.held import held_limits
from nacre.engines.sandbox.launch import Handed, Launched, mark_of
from nacre.engines.sandbox.spec import Spec


class Unconfined:
    """People's processes run on the machine itself, as the unprivileged account."""

    name = "none"

    def refusal(self) -> str:
        return ""

    def enforced(self) -> dict[str, str]:
        return held_limits(cgroups.hierarchies(), own_users=_OnTheMachine.own_users)

    def service(self, spec: Spec) -> Sandbox:
        return Box(spec, _OnTheMachine())


class _OnTheMachine:
    own_users = False

    def env(self, spec: Spec) -> Mapping[str, str]:
        # The mark is on all that runs: there is no other way to find what outlives the warden.
        return {"PATH": view.plain_path(spec.env.get("HOME", "/")), **dict([mark_of(spec)])}

    def launch(self, spec: Spec, handed: Handed) -> Launched:
        if spec.root is not None:
            raise Unavailable(
                "isolation-needed",
                "An image can only be run in a sandbox, and this Nacre runs without isolation.",
                hint="Start it without `--isolation none`; `nacre doctor` shows what sandboxes need.",
            )
        write_package("warden", handed.layout.packages)
        process = subprocess.Popen(
            [*handed.launcher, *handed.warden_argv(str(handed.layout.packages), [view.interpreter()])],
            stdin=subprocess.DEVNULL, stdout=handed.said, stderr=handed.said, start_new_session=True, cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), **dict([mark_of(spec)])},
            pass_fds=(handed.listener, handed.config),
        )  # fmt: skip
        return Launched(identify_child(process.pid), process)

    def connect(self, spec: Spec, warden: Identity) -> None:
        """It has the machine's own network."""

    def reconnect(self, spec: Spec, warden: Identity) -> None:
        """Nothing can be lost."""
