"""A sandbox, cold, to a shell prompt on a terminal, beside bubblewrap alone running the same shell.

Promise: ≤ 0.5 s. The peer has neither limits, nor a network, nor anybody to talk to: it is the floor.
"""

import argparse
import asyncio
import os
import pty
import select
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bench._result import Results
from nacre.engines.processes.users import find
from nacre.engines.sandbox.drivers import named
from nacre.engines.sandbox.inside import Inside
from nacre.engines.sandbox.proof import Targets, prove
from nacre.engines.sandbox.spec import Egress, Mount, Policy, Spec

SHELL = ["bash", "--norc", "-i"]
PROMPT = b"ready> "


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--quick", action="store_true", help="fewer rounds")
    given = arguments.parse_args()
    rounds = 3 if given.quick else given.rounds
    results = Results("workspace_start", "a sandbox, cold, to a shell prompt")
    plain = statistics.median(bare() for _ in range(rounds))
    for policy in ("open", "closed"):
        took = [asyncio.run(to_a_prompt(policy)) for _ in range(rounds)]
        started_s, prompt_s, stopped_s = (statistics.median(figures) for figures in zip(*took, strict=True))
        results.add(f"egress {policy}: start to prompt", prompt_s, "s", 0.5)
        results.note(f"egress {policy}", {"warden answers": started_s, "stop": stopped_s})
        results.add(f"egress {policy}: ÷ bubblewrap alone", prompt_s / plain, "×")
    results.add("bubblewrap alone: to prompt", plain)
    results.add(
        "proof before the first start", statistics.median(asyncio.run(proof()) for _ in range(rounds)), "s", 0.3
    )
    results.keep()


async def to_a_prompt(policy: Policy) -> tuple[float, float, float]:
    """Seconds until the warden answers, until the prompt is seen, and for the stop."""
    with tempfile.TemporaryDirectory(prefix="nacre-") as folder:
        place = Path(folder)
        place.chmod(0o711)
        account = find("nobody") if os.geteuid() == 0 else None
        (place / "files").mkdir()
        mounts = (Mount(place / "files", "/workspace", writable=True),)
        env = {"PS1": PROMPT.decode(), "HOME": "/workspace"}
        spec = Spec("bench", place / "box", mounts, env, egress=Egress(policy), account=account)
        service = named("bubblewrap").service(spec)
        began = time.monotonic()
        await service.start()
        started_s = time.monotonic() - began
        inside = Inside(spec.folder)
        await inside.start(SHELL, key="shell", size=(80, 24))
        attachment = await inside.attach("shell")
        seen = b""
        async for output in attachment:
            seen += output.data
            if PROMPT in seen:
                break
        prompt_s = time.monotonic() - began
        await attachment.close()
        stopping = time.monotonic()
        await service.stop()
        return started_s, prompt_s, time.monotonic() - stopping


def bare() -> float:
    """The peer: bubblewrap with the system read-only and all namespaces apart, on a terminal."""
    argv = ["bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    master, slave = pty.openpty()
    began = time.monotonic()
    process = subprocess.Popen(
        [*argv, *SHELL], stdin=slave, stdout=slave, stderr=slave, env=os.environ | {"PS1": PROMPT.decode()}
    )
    os.close(slave)
    seen = b""
    while PROMPT not in seen:
        select.select([master], [], [])
        seen += os.read(master, 4096)
    took_s = time.monotonic() - began
    process.kill()
    process.wait()
    os.close(master)
    return took_s


async def proof() -> float:
    account = find("nobody") if os.geteuid() == 0 else None
    began = time.monotonic()
    await prove(named("bubblewrap"), account, Targets())
    return time.monotonic() - began


if __name__ == "__main__":
    main()
