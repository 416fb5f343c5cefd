"""Publishes applications that nobody here wrote, from folders you name, and tells how each fared.

Each folder is a checkout of somebody's repository, with at most a `nacre.toml` added. It is copied into a project and
published into a house of its own; then its first page is opened through the gateway, `nacre why` is asked, and it is
published once more with a changed file, which must not install its dependencies again.
"""

import argparse
import re
import shutil
import ssl
import time
from pathlib import Path
from typing import Any

import httpx

from bench._nacre import Nacre, free_port, running
from bench._place import home_on
from bench._result import Results
from nacre.core.errors import NacreError
from nacre.core.settings import load
from nacre.surfaces.client import over_socket
from nacre.surfaces.registry import all_operations
from nacre.surfaces.verbs import describe

_OPERATIONS = all_operations()
_MOST_REDIRECTS = 5


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", nargs="+", type=Path, help="the source of an application")
    folders = arguments.parse_args().folder
    results = Results("real_apps", "applications that nobody here wrote")
    served = {"MODE": "full", "CONSOLE": "false", "CONTENT_PORT": str(free_port())}
    with home_on("plain") as home, running(home, **served) as nacre:
        for folder in folders:
            try:
                _try(results, nacre, folder)
            except NacreError as error:
                results.note(folder.name, f"REFUSED {error.code}: {error.message} {error.hint}")
    results.keep()


def _try(results: Results, nacre: Nacre, folder: Path) -> None:
    name = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")[:30]
    nacre.call("project", "create", name)
    files = Path(nacre.call("project", "show", name)["files_path"])
    shutil.copytree(folder, files, dirs_exist_ok=True, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    took, first = _timed(nacre, "app.publish", ref=name)
    results.add(f"{name}: first publish", took)
    results.note("phases", first["release"]["phases"])
    page = _opened(nacre, httpx.URL(first["url"]))
    results.note("its first page", f"{page.status_code} {page.headers.get('content-type')}, {len(page.content)} bytes")
    why = _timed(nacre, "app.why", app=name)[1]
    results.note("why", why["said"])
    (files / "NOTICE-OF-A-CHANGE.txt").write_text("changed\n")
    results.add(f"{name}: published again, one file changed", _timed(nacre, "app.publish", ref=name)[0])


def _opened(nacre: Nacre, url: httpx.URL) -> httpx.Response:
    """As a browser opens it: names below localhost are this machine, and redirects are followed."""
    with httpx.Client(verify=ssl.create_default_context(cafile=nacre.home / "root.crt"), timeout=30) as visitor:
        for _ in range(_MOST_REDIRECTS):
            here, host = url.copy_with(host="127.0.0.1"), f"{url.host}:{url.port}"
            page = visitor.get(here, headers={"Host": host}, extensions={"sni_hostname": url.host})
            if not page.is_redirect:
                break
            url = url.join(page.headers["location"])
    return page


def _timed(nacre: Nacre, operation: str, **arguments: Any) -> tuple[float, dict[str, Any]]:
    settings, _ = load(nacre.environment, {})
    began = time.perf_counter()
    verb = describe(_OPERATIONS.operations[operation])
    answer: dict[str, Any] = over_socket(settings.socket).call(verb, arguments)
    return time.perf_counter() - began, answer


if __name__ == "__main__":
    main()
