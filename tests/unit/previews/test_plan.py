"""How a project is run: detected from its files, or as its nacre.toml says."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.applications import ALL, DJANGO, FASTAPI, FLASK, NEXT, STATIC, VITE, lay_out

from nacre.core.errors import NacreError
from nacre.engines.source.source import Source
from nacre.previews.frameworks.framework import Address
from nacre.previews.plan import Plan, plan

BASE = Address("/p/shop/main/", ("shop.example",), "/support")


def planned(folder: Path, files: dict[str, str], project_file: str | None = None, address: Address = BASE) -> Plan:
    lay_out(files | ({"nacre.toml": project_file} if project_file is not None else {}), folder)
    return plan(Source(folder), address, 5173)


@pytest.mark.parametrize("name", ALL)
def test_each_framework_is_told_by_its_files(tmp_path: Path, name: str):
    assert planned(tmp_path, ALL[name]).framework == name


def test_vite_takes_base_and_port_as_arguments(tmp_path: Path):
    found = planned(tmp_path, VITE)
    assert found.line == "npm run dev -- --base /p/shop/main/ --host 127.0.0.1 --port 5173 --strictPort"
    assert found.env["__VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS"] == "shop.example"
    assert not found.strip


@pytest.mark.parametrize(
    ("lock", "line"), [("pnpm-lock.yaml", "pnpm run dev"), ("yarn.lock", "yarn run dev"), ("bun.lock", "bun run dev")]
)
def test_the_lock_file_tells_the_package_manager(tmp_path: Path, lock: str, line: str):
    assert planned(tmp_path, VITE | {lock: ""}).line.startswith(f"{line} --base ")


def test_missing_dependencies_are_told_with_the_line_that_installs_them(tmp_path: Path):
    found = planned(tmp_path, VITE)
    assert (found.missing, found.install) == ("node_modules is missing: npm install", "npm install")
    assert planned(tmp_path, VITE | {"node_modules/vite/package.json": "{}"}).missing == ""


def test_next_learns_its_base_from_a_module_loaded_before_it(tmp_path: Path):
    found = planned(tmp_path, NEXT)
    assert found.line == "npm run dev -- --hostname 127.0.0.1 --port 5173"
    assert found.env["NODE_OPTIONS"] == '--require "/support/next-base.cjs"'
    assert not found.strip


def test_flask_runs_behind_a_wrapper_that_is_told_the_application(tmp_path: Path):
    found = planned(tmp_path, FLASK)
    assert found.line == "python3 -m flask run"
    assert found.env["FLASK_APP"] == "/support/nacre_flask.py:create_app"
    assert found.env["NACRE_FLASK_APP"] == "app:app"
    assert found.env["FLASK_RUN_PORT"] == "5173"
    assert found.strip


def test_fastapi_gets_a_root_path(tmp_path: Path):
    found = planned(tmp_path, FASTAPI)
    assert found.line == "python3 -m uvicorn app.main:app --reload"
    assert found.env["UVICORN_ROOT_PATH"] == "/p/shop/main"
    assert found.strip


def test_django_is_run_with_settings_before_its_own(tmp_path: Path):
    found = planned(tmp_path, DJANGO)
    assert found.line == "python3 manage.py runserver 127.0.0.1:5173"
    assert found.env["DJANGO_SETTINGS_MODULE"] == "nacre_django"
    assert not found.strip


def test_pages_may_lie_in_a_folder(tmp_path: Path):
    assert planned(tmp_path, {"public/index.html": ""}).line == 'python3 "$NACRE_SUPPORT/pages.py" public'


def test_a_script_of_unknown_kind_is_told_by_its_environment(tmp_path: Path):
    found = planned(tmp_path, {"package.json": '{"scripts": {"dev": "webpack serve"}}'})
    assert (found.framework, found.line) == ("npm script", "npm run dev")
    assert found.env["PORT"] == "5173"
    assert found.env["PUBLIC_URL"] == "/p/shop/main"
    assert found.env["NACRE_BASE_PATH"] == "/p/shop/main/"


def test_on_a_host_of_its_own_the_base_is_the_root(tmp_path: Path):
    found = planned(tmp_path, VITE, address=Address("/"))
    assert " --base / " in found.line
    assert found.env["PUBLIC_URL"] == ""


def test_nacre_toml_wins_over_what_the_files_tell(tmp_path: Path):
    found = planned(
        tmp_path,
        VITE,
        """
        [dev]
        run = "make serve"
        install = "make setup"
        port = 8000
        strip = false
        env = { GREETING = "hello", HOST = "0.0.0.0" }
        """,
    )
    assert (found.framework, found.line, found.port, found.strip) == ("command", "make serve", 8000, False)
    assert (found.env["PORT"], found.env["HOST"], found.env["GREETING"]) == ("8000", "0.0.0.0", "hello")
    assert (found.install, found.configured) == ("make setup", True)


@pytest.mark.parametrize(
    ("run", "framework", "line"),
    [
        ("npm run dev", "Vite", "npm run dev -- --base /p/shop/main/ --host 127.0.0.1 --port 5173 --strictPort"),
        ("npx vite", "Vite", "npx vite --base /p/shop/main/ --host 127.0.0.1 --port 5173 --strictPort"),
        (
            "A=1 make x && vite",
            "Vite",
            "A=1 make x && vite --base /p/shop/main/ --host 127.0.0.1 --port 5173 --strictPort",
        ),
        ("vite build", "command", "vite build"),
        ("uv run uvicorn shop:app", "FastAPI", "uv run uvicorn shop:app"),
        ("fastapi dev shop.py", "FastAPI", "fastapi dev shop.py --host 127.0.0.1 --port 5173 --root-path /p/shop/main"),
        ("flask --app shop run --debug", "Flask", "flask run --debug"),
        (".venv/bin/python manage.py runserver", "Django", ".venv/bin/python manage.py runserver 127.0.0.1:5173"),
        ("gunicorn --reload shop:app", "Gunicorn", "gunicorn --reload shop:app"),
        ("node server.js", "npm script", "node server.js"),
        ("echo 'not closed", "command", "echo 'not closed"),
    ],
)
def test_a_command_of_ones_own_is_told_base_and_port_like_a_detected_one(
    tmp_path: Path, run: str, framework: str, line: str
):
    found = planned(tmp_path, VITE, f'[dev]\nrun = "{run}"')
    assert (found.framework, found.line) == (framework, line)


def test_a_script_of_a_hundred_thousand_words_is_read_at_once(tmp_path: Path):
    began = time.monotonic()
    files = {"package.json": json.dumps({"scripts": {"dev": "a " * 100_000}})}
    planned(tmp_path, files, "[dev]\nrun = 'npm run dev'\n")
    assert time.monotonic() - began < 3


def test_the_project_may_lie_in_a_folder_of_the_branch(tmp_path: Path):
    found = planned(tmp_path, {f"web/{path}": text for path, text in VITE.items()}, '[dev]\nfolder = "./web/"')
    assert (found.framework, found.folder) == ("Vite", "web")


def test_nothing_to_run_is_refused_with_what_would_help(tmp_path: Path):
    with pytest.raises(NacreError) as caught:
        planned(tmp_path, {"README.md": ""})
    assert caught.value.code == "nothing-to-preview"
    assert "nacre.toml" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[dev", "It is not TOML: Expected ']'"),
        ("[dve]", "“dve” is not known; known are dev"),
        ("[dev]\nruns = 'x'", "“[dev] runs” is not known; known are run, install, port, folder, strip, env"),
        ("[dev]\nrun = x", "at line 2"),
        ("[dev]\nport = 80", "“[dev] port” is wrong: Input should be greater than or equal to 1024"),
        ("[dev]\nport = '5173'", "“[dev] port” is wrong: Input should be a valid integer"),
        ("[dev]\nrun = '  '", "“[dev] run” is wrong"),
        ("[dev]\nfolder = '../other'", "it must be a folder of the project"),
        ("[dev]\nfolder = '/etc'", "it must be a folder of the project"),
        ("[dev]\nstrip = 'yes'", "“[dev] strip” is wrong: Input should be a valid boolean"),
        ("[dev.env]\nPORT = '1'", "the port is set by [dev] port"),
        ("[dev.env]\n'a b' = '1'", "“a b” cannot name a variable"),
        ("dev = 3", "“dev” is wrong"),
        (f"dev = {'[' * 20_000}", "It is nested too deeply"),
    ],
)
def test_a_wrong_nacre_toml_is_refused_by_the_line_or_key(tmp_path: Path, text: str, says: str):
    with pytest.raises(NacreError) as caught:
        planned(tmp_path, VITE, text)
    assert caught.value.code == "bad-project-file"
    assert says in caught.value.message


@settings(deadline=None, max_examples=50)  # each writes files
@given(st.dictionaries(st.sampled_from(["package.json", "nacre.toml", "app.py", "manage.py"]), st.text(max_size=200)))
def test_no_text_in_a_project_makes_planning_break(tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]):
    try:
        planned(
            tmp_path_factory.mktemp("project"),
            {path: text.encode(errors="ignore").decode() for path, text in files.items()},
        )
    except NacreError as error:
        assert error.code in ("bad-project-file", "nothing-to-preview")


def test_a_project_cannot_lead_out_of_its_tree(tmp_path: Path):
    secret = tmp_path / "secret.toml"
    secret.write_text('[dev]\nrun = "secret"')
    tree = tmp_path / "tree"
    lay_out(STATIC, tree)
    (tree / "nacre.toml").symlink_to(secret)
    (tree / "outside").symlink_to(tmp_path)
    source = Source(tree)
    assert source.text("nacre.toml") is None
    assert source.text("outside/secret.toml") is None
    assert source.text("../secret.toml") is None
    assert source.below("outside").text("secret.toml") is None
