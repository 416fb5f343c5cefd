"""How long a person waits for a Vite preview of an installed project: from a sleeping workspace to the first page.

The peer is the same project run by hand on the machine itself, without a sandbox: what Vite takes alone.
"""

import argparse
import shutil
import subprocess
import time
from pathlib import Path

import httpx
from tests.applications import VITE, lay_out

from bench._nacre import Nacre, free_port, running
from bench._place import home_on
from bench._result import Results

_ROUNDS = 5
_PROMISE_S = 3.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="one round")
    rounds = 1 if arguments.parse_args().quick else _ROUNDS
    results = Results("preview", "from a sleeping workspace to the first page of a Vite preview")
    if shutil.which("npm") is None:
        raise SystemExit("This benchmark needs Node.js with npm.")
    with home_on("plain") as home, running(home, MODE="slim", CONSOLE="false") as nacre:
        nacre.call("project", "create", "shop")
        files = lay_out(VITE, Path(nacre.call("project", "show", "shop")["files_path"]))
        nacre.call("exec", "shop", "--", "npm", "install", "--no-audit", "--no-fund")
        cold = sorted(_cold(nacre) for _ in range(rounds))
        results.add("cold workspace → first page, median", cold[rounds // 2], promise=_PROMISE_S)
        results.add("cold workspace → first page, slowest", cold[-1])
        alone = sorted(_alone(files) for _ in range(rounds))
        results.add("Vite alone, without a sandbox, median", alone[rounds // 2])
        nacre.call("workspace", "stop", "shop")
    results.keep()


def _cold(nacre: Nacre) -> float:
    """Seconds from asking to the page's last byte, the workspace stopped before."""
    nacre.call("workspace", "stop", "shop")
    began = time.perf_counter()
    port = nacre.call("preview", "start", "shop")["port"]
    (socket,) = (nacre.home / "run" / "ws").glob(f"*/ports/{port}.sock")
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket))) as client:
        client.get("http://localhost/p/shop/main/").raise_for_status()
    return time.perf_counter() - began


def _alone(files: Path) -> float:
    port = free_port()
    argv = ["npx", "vite", "--host", "127.0.0.1", "--port", str(port), "--strictPort"]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    began = time.perf_counter()
    process = subprocess.Popen(argv, cwd=files, **quiet)
    try:
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/").raise_for_status()
                return time.perf_counter() - began
            except httpx.TransportError:
                time.sleep(0.01)
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
