"""sql and psql against a real daemon and a real Postgres."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.daemon import House

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def nacre(shared_house: House) -> Run:
    """The command line of a daemon that has a project `shop`."""
    shared_house.call("project.create", name="shop")

    def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return shared_house.run(*arguments, typed=typed)

    return run


def error_of(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    assert done.returncode == 1
    return json.loads(done.stdout)["error"]


def test_a_query_answers_columns_and_rows(nacre: Run):
    answer = json.loads(nacre("sql", "shop", "-c", "select 1 as one, null as nothing, 'é' as text", "--json").stdout)
    assert answer["columns"] == ["one", "nothing", "text"]
    assert answer["rows"] == [[1, None, "é"]]


def test_people_see_a_table(nacre: Run):
    lines = nacre("sql", "shop", "-c", "select 1 as one, null as nothing").stdout.splitlines()
    assert lines[0].split() == ["one", "nothing"]
    assert lines[1].split() == ["1", "NULL"]
    assert lines[2].startswith("(1 row, ")


def test_a_script_has_meta_commands_and_copy_data(nacre: Run, tmp_path: Path):
    script = tmp_path / "load.sql"
    script.write_text(
        "CREATE TABLE fruit (name text, count int);\nCOPY fruit FROM stdin;\napple\t3\npear\t\\N\n\\.\n"
        "CREATE DATABASE elsewhere;\n\\c elsewhere\nSELECT current_database();\n\\echo done\n"
    )
    done = json.loads(nacre("sql", "shop", "-f", str(script), "--json").stdout)
    assert done["columns"] == [] and done["rows"] == []
    assert "elsewhere" in done["output"] and "done" in done["output"]
    assert 0 < done["seconds"] < 30
    assert json.loads(nacre("sql", "shop", "-c", "select count(*) from fruit", "--json").stdout)["rows"] == [[2]]


def test_a_script_may_come_by_standard_input_into_another_database(nacre: Run):
    nacre("sql", "shop", "-c", "CREATE DATABASE third")
    done = nacre("sql", "shop", "-f", "-", "-d", "third", typed="\\pset format unaligned\nselect current_database();")
    assert "third" in done.stdout.splitlines()


def test_an_error_in_a_script_names_its_line_and_ends_it(nacre: Run):
    typed = "create table before_it (a int);\n\nselect nope;\ncreate table after_it (a int);"
    error = error_of(nacre("sql", "shop", "-f", "-", "--json", typed=typed))
    assert (error["code"], error["message"]) == ("sql-error", 'Line 3 of <stdin>: column "nope" does not exist')
    tables = nacre(
        "sql", "shop", "-c", "select tablename from pg_tables where tablename in ('before_it', 'after_it')", "--json"
    )
    assert json.loads(tables.stdout)["rows"] == [["before_it"]]


def test_remarks_of_postgres_go_to_standard_error(nacre: Run):
    done = nacre("sql", "shop", "-f", "-", typed="DROP TABLE IF EXISTS nothing_here;")
    assert done.returncode == 0
    assert "does not exist, skipping" in done.stderr
    assert done.stdout == ""


def test_an_sql_error_is_told_by_code(nacre: Run):
    assert error_of(nacre("sql", "shop", "-c", "select nope", "--json"))["code"] == "sql-error"


@pytest.mark.parametrize("wrong", [[], ["-c", "select 1", "-f", "-"], ["-f", "-", "--at", "1m"]])
def test_contradictions_are_wrong_usage(nacre: Run, wrong: list[str]):
    assert nacre("sql", "shop", *wrong).returncode == 2


def test_an_unknown_branch_is_told_alike_by_sql_scripts_and_psql(nacre: Run):
    assert error_of(nacre("sql", "none", "-c", "select 1", "--json"))["code"] == "project-not-found"
    assert error_of(nacre("sql", "none", "-f", "-", "--json"))["code"] == "project-not-found"
    assert nacre("psql", "none").returncode == 1


def test_psql_takes_its_own_arguments_and_never_shows_the_password(nacre: Run):
    url = nacre("project", "url", "shop").stdout.strip()
    password = url.split(":")[2].partition("@")[0]
    done = nacre("psql", "shop", "-XAt", "-c", "select current_user", "-c", r'\! tr "\0" " " </proc/$PPID/cmdline')
    assert done.stdout.splitlines()[0] == url.split("/")[2].partition(":")[0]
    assert "psql -XAt" in done.stdout
    assert password and password not in done.stdout


def test_a_file_comes_out_byte_for_byte(nacre: Run, tmp_path: Path):
    files = Path(json.loads(nacre("project", "show", "shop", "--json").stdout)["files_path"])
    (files / "page.html").write_bytes(b"<b>[red]\r\nno newline at end")
    assert nacre("files", "cat", "shop", "page.html").stdout == "<b>[red]\nno newline at end"


def test_what_was_typed_into_sql_is_not_kept(nacre: Run):
    """It may hold passwords, and the audit and the events are read by others."""
    nacre("sql", "shop", "-c", "CREATE ROLE app LOGIN PASSWORD 'hunter2-secret'")
    audit = nacre("audit", "list", "--json").stdout
    assert "sql.run" in audit and "characters)" in audit
    assert "hunter2" not in audit


def test_a_database_that_does_not_exist_is_said_to(nacre: Run):
    assert error_of(nacre("sql", "shop", "-c", "SELECT 1", "-d", "nowhere", "--json"))["code"] == "database-not-found"
