"""The driver that keeps nothing apart: for machines where no sandbox can be made, and only when it is said aloud."""

import os
import subprocess
from pathlib import Path

from nacre.engines.processes.identity import identify_child
from nacre.engines.processes.service import Service
from nacre.engines.sandbox import view
from nacre.engines.sandbox.box import Box, Handed, Started, mark_of
from nacre.engines.sandbox.spec import Spec


class Unconfined:
    """People's processes run on the machine itself, as the unprivileged account."""

    name = "none"

    def refusal(self) -> str:
        return ""

    def enforced(self) -> dict[str, str]:
        return {"log": "256 kB for each process in memory, and a cap on its log file"}

    def service(self, spec: Spec) -> Service:
        # The mark is on all that runs: there is no other way to find what outlives the warden.
        return Box(spec, _launch, {"PATH": view.plain_path(spec.env.get("HOME", "/")), **dict([mark_of(spec)])})


def _launch(spec: Spec, handed: Handed) -> Started:
    process = subprocess.Popen(
        [*handed.launcher, *handed.warden_argv(str(Path(__file__).parent / "warden"))],
        stdin=subprocess.DEVNULL, stdout=handed.said, stderr=handed.said, start_new_session=True, cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), **dict([handed.mark])},
        pass_fds=(handed.listener, handed.config),
    )  # fmt: skip
    return Started(identify_child(process.pid), process, lambda: None)
