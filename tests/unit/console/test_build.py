"""What makes a built console out of date, and the commands that build it."""

from pathlib import Path

import pytest

from nacre.console.build import bundle_argv, digest_of, install_argv, is_current
from nacre.engines.node.node import Node, at_hand, fetch_argv

NODE = Node(Path("/opt/node/bin/node"), Path("/opt/node/lib/npm-cli.js"), (24, 1, 0))


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for name in ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"):
        (tmp_path / name).write_text(name)
    for name in ("public/favicon.svg", "src/main.tsx", "src/api/client.ts", "src/api/client.test.ts"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize("name", ["src/main.tsx", "public/favicon.svg", "package-lock.json"])
def test_any_change_to_what_the_build_reads_makes_it_out_of_date(sources: Path, name: str):
    before = digest_of(sources)
    (sources / name).write_text("changed")
    assert digest_of(sources) != before


def test_a_moved_file_makes_it_out_of_date(sources: Path):
    before = digest_of(sources)
    (sources / "src/main.tsx").rename(sources / "src/other.tsx")
    assert digest_of(sources) != before


def test_tests_and_what_others_leave_in_the_folder_do_not(sources: Path):
    before = digest_of(sources)
    (sources / "src/api/client.test.ts").write_text("changed")
    (sources / "node_modules").mkdir()
    (sources / "node_modules/thing.js").write_text("")
    assert digest_of(sources) == before


def test_what_was_built_is_current_only_with_the_stamp_of_these_sources(tmp_path: Path):
    assert not is_current(tmp_path / "missing", "abc")
    (tmp_path / ".stamp").write_text("abc")
    assert is_current(tmp_path, "abc")
    assert not is_current(tmp_path, "abd")


def test_packages_come_from_the_lock_file_alone_and_run_no_scripts():
    assert install_argv(NODE) == [
        "/opt/node/bin/node", "/opt/node/lib/npm-cli.js", "ci", "--omit=dev", "--ignore-scripts", "--no-audit",
        "--no-fund", "--no-update-notifier",
    ]  # fmt: skip


def test_the_bundle_is_written_beside_the_one_that_is_served():
    assert bundle_argv(NODE, Path("/cache/dist")) == [
        "/opt/node/bin/node", "node_modules/vite/bin/vite.js", "build", "--outDir", "/cache/dist", "--emptyOutDir",
        "--logLevel", "warn",
    ]  # fmt: skip


def test_node_is_fetched_by_its_lock_with_hashes():
    argv = fetch_argv(Path("/lock/node.txt"), Path("/home/engines/node"))
    assert "--require-hashes" in argv
    assert argv[-4:] == ["--requirement", "/lock/node.txt", "--target", "/home/engines/node"]


def test_what_npm_starts_finds_the_same_node():
    assert NODE.environment({"PATH": "/usr/bin", "LANG": "C"}) == {"PATH": "/opt/node/bin:/usr/bin", "LANG": "C"}


@pytest.mark.parametrize("said", ["v18.20.1", "v20.18.0", "nonsense"])
def test_a_node_that_is_too_old_is_as_good_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str):
    for name in ("node", "npm.js"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {said}\n")
        program.chmod(0o755)
    (tmp_path / "npm").symlink_to("npm.js")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert at_hand(tmp_path / "fetched") is None
