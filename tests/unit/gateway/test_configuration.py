"""The one configuration, as exact data, and Caddy's own opinion of it.

`python -m tests.unit.gateway.test_configuration` writes the expected files again; look at the difference.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nacre.engines.caddy import program
from nacre.gateway.configuration.configuration import configuration
from nacre.gateway.site import Site

SITES = {
    "by_port": Site("127.0.0.1", 8420, 8421, "", Path("/h/run"), Path("/h/gateway")),
    "by_name": Site("127.0.0.1", 8420, 8421, "nacre.test", Path("/h/run"), Path("/h/gateway")),
    "public": Site("0.0.0.0", 443, 80, "nacre.acme.org", Path("/h/run"), Path("/h/gateway")),
}
UPLOADS = ["/api/projects/*/uploads/*"]


@pytest.fixture(autouse=True)
def one_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nacre.gateway.site._own_names", lambda host: [host])


@pytest.mark.parametrize("name", SITES)
def test_the_configuration_is_exactly_this(name):
    assert _shortened(configuration(SITES[name], UPLOADS)) == json.loads(_expected(name).read_text())


def test_what_may_have_any_length_is_bounded_by_the_daemon_alone():
    (route,) = _routes(configuration(SITES["by_port"], UPLOADS, ["/api/knowledge/restore"]), "/api/knowledge/restore")
    assert [one["handler"] for one in route["handle"]] == ["reverse_proxy"]


@pytest.mark.parametrize("name", SITES)
def test_caddy_takes_it(name, tmp_path):
    site = Site(**{**SITES[name].__dict__, "state": tmp_path})
    file = tmp_path / "caddy.json"
    file.write_text(json.dumps(configuration(site, UPLOADS)))
    done = subprocess.run(
        program.validate_argv(program.find(), file), capture_output=True, text=True, env={"HOME": str(tmp_path)}
    )
    assert done.returncode == 0, done.stderr


def _routes(document: Any, path: str) -> list[Any]:
    """Those that match this path, wherever they are."""
    if isinstance(document, list):
        return [found for one in document for found in _routes(one, path)]
    if not isinstance(document, dict):
        return []
    if any(isinstance(match, dict) and path in match.get("path", ()) for match in document.get("match", ())):
        return [document]
    return _routes(list(document.values()), path)


def _expected(name: str) -> Path:
    return Path(__file__).with_name(f"configuration_{name}.json")


def _shortened(document: Any) -> Any:
    """Pages are told by their title: their own test reads them."""
    if isinstance(document, dict):
        return {key: _shortened(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_shortened(one) for one in document]
    if isinstance(document, str) and document.startswith("<!doctype"):
        return "page: " + document.partition("<title>")[2].partition("</title>")[0]
    return document


if __name__ == "__main__":
    for known, site in SITES.items():
        expected = json.dumps(_shortened(configuration(site, UPLOADS)), indent=1, ensure_ascii=False)
        _expected(known).write_text(expected + "\n")
