"""SQL that fails says so as Postgres does, with SQLSTATE and place, and nothing changes."""

from pathlib import Path

import pytest
from tests.daemon import House
from tests.integration.refusals.conftest import refusal


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("SELEC 1", ("42601", "SELEC")),
        ("SELECT * FROM nowhere", ("42P01", "nowhere")),
        ("INSERT INTO numbers VALUES (3); INSERT INTO numbers VALUES (1)", ("23505", "numbers_pkey")),
        ("DELETE FROM numbers; SELECT 1/0", ("22012", "division by zero")),
        ("SELECT pg_read_file('/etc/passwd')", ("42501", "permission denied")),
        ("COPY numbers TO PROGRAM 'id'", ("42501", "permission denied")),
        ("ALTER SYSTEM SET archive_mode = off", ("42501", "permission denied")),
        ("", ()),
        ("SELECT '\0'", ()),
    ],
)
def test_a_failing_statement_is_told_with_its_sqlstate(house: House, command: str, says: tuple[str, ...]) -> None:
    error = refusal(house, "sql.run", ref="shop", command=command) if says else None
    for word in says:
        assert error is not None
        assert word in f"{error.code} {error.message} {error.hint}"


def test_writing_to_the_past_is_refused(house: House) -> None:
    error = refusal(house, "sql.run", ref="shop", command="DELETE FROM numbers", at="#2")
    assert "25006" in f"{error.code} {error.message} {error.hint}"


def test_a_script_that_fails_names_its_line(house: House, tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    script.write_text("BEGIN;\nDELETE FROM numbers;\nSELECT broken;\nCOMMIT;\n")
    done = house.run("sql", "shop", "-f", str(script))
    assert done.returncode == 1
    assert "Line 3 of" in done.stderr
    assert "broken" in done.stderr


@pytest.mark.parametrize(
    "more", [{"max_rows": 0}, {"max_rows": 10**9}, {"timeout": -1}, {"timeout": 10**9}, {"database": "nowhere"}]
)
def test_limits_and_databases_that_are_not_are_refused(house: House, more: dict[str, object]) -> None:
    assert refusal(house, "sql.run", ref="shop", command="SELECT 1", **more).message


def test_an_unsafe_or_unknown_extension_is_refused(house: House) -> None:
    for extension in ("file_fdw", "nowhere", "../x", "vector; DROP TABLE numbers", ""):
        assert refusal(house, "extension.enable", ref="shop", extension=extension).code
