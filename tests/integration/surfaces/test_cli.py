"""The command line against a real small daemon, as scripts and people run it."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from nacre import __version__
from nacre.core.principals import Role
from nacre.surfaces.cli.operation import command_of


def nacre(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nacre", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


@pytest.fixture
def shed(daemon, monkeypatch: pytest.MonkeyPatch):
    """Runs one of the test's own operations as the command line would."""
    monkeypatch.setenv("NACRE_HOME", str(daemon.settings.home))
    monkeypatch.delenv("NACRE_TOKEN", raising=False)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # the daemon is in this process: its log, too

    def run(name: str, *arguments: str) -> Result:
        return CliRunner().invoke(command_of(daemon.verb(name)), list(arguments))

    yield run
    structlog.reset_defaults()


def test_version_needs_no_daemon():
    done = nacre("version", "--json")
    assert json.loads(done.stdout)["version"] == __version__
    assert done.returncode == 0


def test_arguments_and_options_become_the_operations_fields(shed):
    done = shed("shed.paint", "shop:try-x", "--colour", "blue", "--coats=3", "--places", "a", "--places", "b", "--fast",
                "-m", "soon", "--json")  # fmt: skip
    assert json.loads(done.stdout) == {
        "ref": "shop:try-x",
        "colour": "blue",
        "coats": 3,
        "places": ["a", "b"],
        "fast": True,
        "note": "soon",
        "who": "owner:owner",
    }


def test_what_is_left_out_is_the_daemons_to_fill_in(shed):
    assert json.loads(shed("shed.look", "shop", "--json").stdout)["places"] == []


def test_people_see_words(shed):
    assert shed("shed.paint", "shop").stdout.split() == (
        ["ref", "shop", "colour", "red", "coats", "1", "places", "–", "fast", "no", "note", "–", "who", "owner:owner"]
    )


def test_a_choice_that_is_none_is_wrong_usage(shed):
    done = shed("shed.paint", "shop", "--colour", "green")
    assert done.exit_code == 2
    assert "red" in done.stderr


def test_help_tells_of_positions_choices_and_defaults(shed):
    text = shed("shed.paint", "--help").stdout
    assert "REF" in text
    assert "[red|blue]" in text
    assert "[default: 1]" in text
    assert "-m, --note" in text


def test_a_refusal_is_words_for_people_and_exit_1(daemon):
    done = nacre("token", "revoke", "9", NACRE_HOME=str(daemon.settings.home))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "nacre: There is no token 9.\n`nacre token list` shows them all.\n"


def test_a_refusal_is_one_document_for_programs_and_exit_1(daemon):
    done = nacre("token", "revoke", "9", "--json", NACRE_HOME=str(daemon.settings.home))
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "token-not-found"
    assert done.stderr == ""


def test_wrong_usage_is_exit_2_and_a_document_where_asked_for():
    done = nacre("token", "revoke")
    assert (done.returncode, done.stdout) == (2, "")
    assert "ID" in done.stderr
    done = nacre("token", "revoke", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "wrong-usage"
    assert nacre("nonsense").returncode == 2


@pytest.mark.parametrize("verb", [["status"], ["token", "list"]])
def test_no_daemon_is_exit_3(home, verb):
    done = nacre(*verb, "--json", NACRE_HOME=str(home))
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["code"] == "daemon-not-running"
    done = nacre(*verb, NACRE_HOME=str(home))
    assert (done.returncode, done.stdout) == (3, "")
    assert "nacre up" in done.stderr


def test_with_a_token_it_goes_over_http_with_that_tokens_rights(daemon):
    there: dict[str, Any] = {"NACRE_URL": daemon.url, "NACRE_HOME": "/nowhere"}
    done = nacre("token", "list", "--json", NACRE_TOKEN=daemon.token(Role.ADMIN), **there)
    assert len(json.loads(done.stdout)) == 1
    done = nacre("token", "list", "--json", NACRE_TOKEN=daemon.token(Role.VIEWER), **there)
    assert json.loads(done.stdout)["error"]["code"] == "not-allowed"


def test_output_cut_short_by_the_reader_is_no_error(daemon):
    done = subprocess.run(
        f"{sys.executable} -m nacre token list | true; echo ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        env={**os.environ, "NACRE_HOME": str(daemon.settings.home)},
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


_DROP = """
import sys
from nacre.surfaces.cli.operation import command_of
from nacre.surfaces.verbs import Verb
ref = {"type": "object", "properties": {"ref": {"type": "string"}}, "required": ["ref"]}
verb = Verb(name="shed.drop", method="DELETE", path="/api/sheds/{ref}", role="user", effect="destructive",
            words=("shed", "drop"), summary="Drop it.", description="", long=False, speaks=False, streams=False,
            first_class=False, positionals=("ref",), shorts={}, body=None, rare=(), headers=(), input=ref, output={})
command_of(verb).main(sys.argv[1:])
"""


def on_a_terminal(daemon, typed: str, *arguments: str) -> tuple[int, str]:
    """Run the destructive operation with a terminal for all three streams."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _DROP, *arguments],
        stdin=child,
        stdout=child,
        stderr=child,
        env={**os.environ, "NACRE_HOME": str(daemon.settings.home), "TERM": "dumb"},
        start_new_session=True,
    )
    os.close(child)
    os.write(parent, typed.encode())
    code = process.wait(30)
    text = os.read(parent, 65536).decode()
    os.close(parent)
    return code, text


def test_a_destructive_operation_asks_a_person_first(daemon):
    code, text = on_a_terminal(daemon, "n\n", "shop")
    assert code == 1
    assert "shed drop shop: go on?" in text
    assert "owner:owner" not in text
    code, text = on_a_terminal(daemon, "y\n", "shop")
    assert code == 0
    assert "owner:owner" in text
    code, text = on_a_terminal(daemon, "", "shop", "--yes")
    assert code == 0
    assert "go on?" not in text


def test_a_destructive_operation_does_not_ask_a_script(shed):
    assert shed("shed.drop", "shop").exit_code == 0
    assert shed("shed.drop", "shop", "--json").exit_code == 0


_SLOWLY = """
import sys
from tests.integration.surfaces.conftest import small_registry
from nacre.surfaces.cli.operation import command_of
from nacre.surfaces.verbs import describe

command_of(describe(small_registry().get("shed.slowly"))).main(["shop"], standalone_mode=False)
"""


async def test_who_interrupts_a_change_is_told_that_it_goes_on(daemon, until):
    environment = {**os.environ, "NACRE_HOME": str(daemon.settings.home), "PYTHONPATH": str(Path.cwd())}
    process = subprocess.Popen([sys.executable, "-c", _SLOWLY], stderr=subprocess.PIPE, text=True, env=environment)
    await until(lambda: daemon.audit.entries(1, None, None), 60)
    process.send_signal(signal.SIGINT)
    assert "The daemon goes on" in process.communicate(timeout=60)[1]
    daemon.shed.go_on.set()
    await until(lambda: daemon.audit.entries(1, None, None)[0].outcome == "done")
