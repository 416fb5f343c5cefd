"""Settings: defaults < nacre.toml < environment < flags, each value with its source, and refusals that name it."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nacre.core.settings import Settings, Sourced, load

Refused = Callable[..., None]
DEFAULT, FILE, ENVIRONMENT, FLAG = 8420, 1001, 1002, 1003


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def source_of(name: str, listed: list[Sourced]) -> str:
    return next(setting.source for setting in listed if setting.name == name)


@pytest.mark.parametrize(("in_file", "in_environment", "as_flag"), list(itertools.product([False, True], repeat=3)))
def test_the_nearer_source_wins_and_is_named(home: Path, in_file: bool, in_environment: bool, as_flag: bool) -> None:
    if in_file:
        (home / "nacre.toml").write_text(f"port = {FILE}\n")
    environment = {"NACRE_HOME": str(home)} | ({"NACRE_PORT": str(ENVIRONMENT)} if in_environment else {})
    settings, listed = load(environment, {"port": FLAG if as_flag else None})
    given = [
        (as_flag, FLAG, "flag"),
        (in_environment, ENVIRONMENT, "environment"),
        (in_file, FILE, "nacre.toml"),
        (True, DEFAULT, "default"),
    ]
    _, value, source = next(each for each in given if each[0])
    assert (settings.port, source_of("port", listed)) == (value, source)


def test_every_setting_is_listed_with_a_description(home: Path) -> None:
    settings, listed = load({"NACRE_HOME": str(home)}, {})
    assert [setting.name for setting in listed] == list(Settings.model_fields)
    assert all(setting.description for setting in listed)
    assert settings.home == home


@pytest.mark.parametrize(
    ("environment", "flags", "source"),
    [({"NACRE_HOME": "/x"}, {}, "environment"), ({"NACRE_HOME": "/y"}, {"home": "/x"}, "flag")],
)
def test_the_home_is_taken_from_flag_or_environment(
    environment: dict[str, str], flags: dict[str, Any], source: str
) -> None:
    settings, listed = load(environment, flags)
    assert (settings.home, source_of("home", listed)) == (Path("/x"), source)


@pytest.mark.parametrize("environment", [{}, {"NACRE_HOME": ""}])
def test_without_a_home_the_platforms_own_place_is_the_default(environment: dict[str, str]) -> None:
    settings, listed = load(environment, {})
    assert settings.home.is_absolute()
    assert source_of("home", listed) == "default"


def test_empty_and_unknown_variables_of_the_environment_are_not_settings(home: Path) -> None:
    settings, listed = load({"NACRE_HOME": str(home), "NACRE_PORT": "", "NACRE_TOKEN": "x", "PORT": "1"}, {})
    assert settings.port == DEFAULT
    assert source_of("port", listed) == "default"


@pytest.mark.parametrize(
    "text",
    [
        "port = 'many'",
        "port = 0",
        "port = 65536",
        "no_such_setting = 1",
        "[storage]\nkind = 'copy'",
        "storage = 'tape'",
        "retention_days = 0",
        "port = ",
        "\x00",
        "home = '/elsewhere'",
    ],
)
def test_a_wrong_file_is_refused(home: Path, text: str, refused_with: Refused) -> None:
    (home / "nacre.toml").write_text(text)
    refused_with("bad-settings", load, {"NACRE_HOME": str(home)}, {})


def test_a_file_that_cannot_be_read_is_refused(home: Path, refused_with: Refused) -> None:
    (home / "nacre.toml").mkdir()
    refused_with("bad-settings", load, {"NACRE_HOME": str(home)}, {})


def test_a_refusal_names_the_setting_and_its_source(home: Path) -> None:
    with pytest.raises(Exception, match=r"“port” \(from environment\)"):
        load({"NACRE_HOME": str(home), "NACRE_PORT": "many"}, {})
    with pytest.raises(Exception, match=r"“port” \(from flag\)"):
        load({"NACRE_HOME": str(home), "NACRE_PORT": "1"}, {"port": 0})


def test_settings_do_not_change_after_they_are_read(home: Path) -> None:
    settings, _ = load({"NACRE_HOME": str(home)}, {})
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]
