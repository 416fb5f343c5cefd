"""The versions of pg_llm: what was released is not changed, and what comes later has a version of its own."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from nacre.llm import compat
from nacre.llm.assembling import PG_LLM, Source, Version
from nacre.llm.functions import load_all

RELEASED = Path(__file__).parents[2] / "integration" / "llm" / "released"
"""What `CREATE EXTENSION` ran for each version that was released: VERSION.sql, put there by dev/release-pg-llm."""


def test_the_newest_version_has_all_migrations_and_what_was_released_stays_as_it_was() -> None:
    assert faults(PG_LLM, RELEASED) == []


def test_of_pg_llm_compat_functions_alone_change_and_by_another_version() -> None:
    for version in compat.VERSIONS:
        archived = RELEASED / f"compat-{version}.sql"
        assert archived.exists() or version == compat.VERSIONS[-1], f"{archived.name} is missing"
        if archived.exists():
            assert (PG_LLM.folder / "compat" / "tables.sql").read_text() in archived.read_text(), (
                "its tables do not change"
            )
            assert version != compat.VERSIONS[-1] or archived.read_text() == compat.installing(), "add a version"


def test_what_would_leave_installations_behind_is_found(tmp_path: Path) -> None:
    folder, released = tmp_path / "sql", tmp_path / "released"
    shutil.copytree(PG_LLM.folder, folder)
    released.mkdir()
    source = Source(folder, PG_LLM.versions)
    (released / "1.0.sql").write_text(source.installing())
    assert faults(source, released) == []

    with (folder / "functions" / "chat.sql").open("a") as chat:
        chat.write("-- as ever\n")
    assert faults(source, released) == ["1.0 was released and its scripts have changed since: add a version"]
    later = Source(folder, (*PG_LLM.versions, Version("1.1", PG_LLM.current.migrations)))
    assert faults(later, released) == []

    number = PG_LLM.current.migrations + 1
    (folder / "migrations" / f"{number:04}_more.sql").write_text("CREATE TABLE llm.more (id integer);\n")
    assert faults(later, released) == [f"1.1 is not the newest: there is a migration {number}"]
    later = Source(folder, (*PG_LLM.versions, Version("1.1", number)))
    assert faults(later, released) == []

    for changed in ("migrations/0001_foundation.sql", "relations.sql"):
        text = (folder / changed).read_text()
        (folder / changed).write_text(text + "CREATE TABLE llm.forgotten (id integer);\n")
        assert faults(later, released) == [f"{changed} was released with 1.0 and has changed since: add a migration"]
        (folder / changed).write_text(text)


def test_the_side_car_answers_all_that_any_version_asks_of_it() -> None:
    known = load_all()
    released = [path.read_text() for path in RELEASED.glob("*.sql")]
    asked = [each for script in (PG_LLM.installing(), compat.installing(), *released) for each in requests(script)]
    assert len(asked) > 40
    for name, arguments in asked:
        taken = known[name].args.model_fields
        assert arguments <= {*taken, *(field.alias for field in taken.values())}, name


def requests(script: str) -> Iterator[tuple[str, set[str]]]:
    """The functions of the side-car that SQL calls, with the arguments that it gives by name."""
    for found in re.finditer(
        r"llm_private\.(?:call|asked)\(\s*'(\w+)'(?:,\s*(?:pg_catalog\.)?json_build_object\()?", script
    ):
        arguments, depth = [""], 1 if found.group().endswith("(") else 0
        for character in script[found.end() :] if depth else "":
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
            if depth == 0:
                break
            if depth == 1 and character == ",":
                arguments.append("")
            else:
                arguments[-1] += character
        yield found[1], {each.strip().strip("'") for each in arguments[::2]} - {""}


def faults(source: Source, released: Path) -> list[str]:
    """What is wrong with the versions of a source, a sentence each."""
    found = []
    numbered = [*source.numbered().items(), *source.numbered(after_functions=True).items()]
    if (last := max(number for number, _ in numbered)) > source.current.migrations:
        found.append(f"{source.current.name} is not the newest: there is a migration {last}")
    for version in source.versions:
        archived = released / f"{version.name}.sql"
        if not archived.exists():
            if version is not source.current:
                found.append(f"{version.name} is followed by another and was not archived: {archived.name} is missing")
            continue
        script = archived.read_text()
        steps = [path for number, path in numbered if number <= version.migrations]
        for path in (*steps, *(source.folder / name for name in ("way.sql", "relations.sql"))):
            if path.read_text() not in script:
                name = path.relative_to(source.folder)
                found.append(f"{name} was released with {version.name} and has changed since: add a migration")
        if version is source.current and not found and script != source.installing():
            found.append(f"{version.name} was released and its scripts have changed since: add a version")
    return found
