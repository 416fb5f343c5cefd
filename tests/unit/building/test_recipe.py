"""What is told from a source: how it is installed, built and started, or why it cannot be published."""

import json
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.applications import DJANGO, EXPRESS, FASTAPI, FLASK, STATIC, VITE, lay_out

from nacre.building.recipe import Recipe, recipe, shell
from nacre.core.errors import NacreError
from nacre.engines.source.source import Source

LOCK = json.dumps({"lockfileVersion": 3})


def read(folder: Path, files: dict[str, str], project_file: str | None = None) -> Recipe:
    lay_out(files | ({"nacre.toml": project_file} if project_file is not None else {}), folder)
    return recipe(Source(folder))


def refused(folder: Path, files: dict[str, str], project_file: str | None = None) -> NacreError:
    with pytest.raises(NacreError) as caught:
        read(folder, files, project_file)
    assert caught.value.hint
    return caught.value


def package(**more: object) -> str:
    return json.dumps({"name": "x", "dependencies": {"express": "5"}} | more)


GUNICORN = "exec gunicorn --worker-class gthread --threads 8 --keep-alive 130 --worker-tmp-dir /dev/shm"
UVICORN = (
    "exec uvicorn {}--host 0.0.0.0 --port $PORT --proxy-headers --forwarded-allow-ips '*' --timeout-keep-alive 130"
)


@pytest.mark.parametrize(
    ("files", "title", "start"),
    [
        (FLASK, "Flask", f"{GUNICORN} 'app:app'"),
        (FASTAPI, "FastAPI", UVICORN.format("") + " 'app.main:app'"),
        (DJANGO, "Django", f"{GUNICORN} 'shop.wsgi'"),
        ({"flaskr/__init__.py": "from flask import Flask\ndef create_app(): ...\n", "pyproject.toml": ""}, "Flask",
         f"{GUNICORN} 'flaskr:create_app()'"),
        ({"wsgi.py": "from shop import app\n", "requirements.txt": "flask"}, "Flask", f"{GUNICORN} 'wsgi:app'"),
        ({"microblog.py": "", ".flaskenv": "FLASK_APP=microblog.py\n", "requirements.txt": "flask"}, "Flask",
         f"{GUNICORN} 'microblog:app'"),
        ({"requirements.txt": "aiohttp", "main.py": "if __name__ == '__main__': serve()"}, "Python", "python main.py"),
        ({"requirements.txt": "x", "Procfile": "release: a b\nweb: python run.py\n"}, "Python", "python run.py"),
        (EXPRESS, "Express", "node index.js"),
        ({"package.json": package(scripts={"start": "npm run serve", "serve": "node srv.js --port=1"})}, "Express",
         "exec node srv.js --port=1"),
        ({"package.json": package(scripts={"prestart": "node a.js", "start": "node b.js"})}, "Express",
         "node a.js && node b.js"),
        ({"package.json": package(scripts={"start": "nodemon app.js"}), "app.js": ""}, "Express", "node app.js"),
        ({"package.json": '{"dependencies": {"next": "16"}}'}, "Next.js", "next start"),
        (VITE, "Vite", "/usr/local/bin/caddy run --config /opt/nacre/pages.json"),
        (STATIC, "static pages", "/usr/local/bin/caddy run --config /opt/nacre/pages.json"),
    ],
)  # fmt: skip
def test_it_is_told_how_it_starts(tmp_path: Path, files: dict[str, str], title: str, start: str):
    found = read(tmp_path, files)
    assert (found.title, " ".join(found.run.start).removeprefix("/bin/sh -c ")) == (title, start)


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"uv.lock": "", "pyproject.toml": ""}, "uv sync --locked --no-dev --no-install-project"),
        ({"poetry.lock": "", "pyproject.toml": ""}, "uv pip install --python /opt/venv/bin/python --no-deps -r nacre-"),
        ({"requirements.txt": "flask==3.1\ngunicorn==23\n"}, "-r requirements.txt"),
        ({"pyproject.toml": '[project]\ndependencies = ["flask"]\n'}, "-r pyproject.toml"),
        ({"package.json": package(), "index.js": "", "package-lock.json": LOCK}, "npm ci"),
        ({"package.json": package(), "index.js": "", "pnpm-lock.yaml": ""}, "npx --yes pnpm@10.18.3 install --frozen"),
        ({"package.json": package(packageManager="pnpm@9.1.0+sha512.ab"), "index.js": "", "pnpm-lock.yaml": ""},
         "npx --yes pnpm@9.1.0 install --frozen-lockfile"),
        ({"package.json": package(), "index.js": "", "yarn.lock": ""}, "npx --yes yarn@1.22.22 install --frozen"),
        ({"package.json": package(), "index.js": "", "yarn.lock": "__metadata:\n"}, "yarn install --immutable"),
        ({"package.json": package(), "index.js": ""}, "npm install"),
    ],
)  # fmt: skip
def test_the_lock_file_tells_how_dependencies_are_installed(tmp_path: Path, files: dict[str, str], line: str):
    start = {} if "package.json" in files else {"app.py": "from flask import Flask\napp = Flask(__name__)\n"}
    found = read(tmp_path, files | start).dependencies
    assert found is not None and line in found.line
    assert set(found.manifests) == set(files) - {"index.js"}


def test_a_server_is_added_only_where_there_is_none_and_it_is_said(tmp_path: Path):
    bare, own = read(tmp_path / "a", FLASK), read(tmp_path / "b", FLASK | {"requirements.txt": "flask\ngunicorn>=22\n"})
    assert bare.dependencies and "gunicorn==23.0.0" in bare.dependencies.line
    assert any("gunicorn==23.0.0 is added" in note for note in bare.notes)
    assert own.dependencies and "gunicorn==" not in own.dependencies.line
    assert not any("is added" in note for note in own.notes)


def test_nacre_toml_wins_over_what_is_detected(tmp_path: Path):
    found = read(tmp_path, {f"web/{path}": text for path, text in FLASK.items()}, """
        [publish]
        folder = "web"
        start = "gunicorn -w 3 app:app"
        install = "pip install flask"
        build = "make pages"
        release = "flask db upgrade && true"
        health = "/up"
        port = 9000
        memory_mb = 128
        idle_minutes = 5
        egress = ["api.example.org"]
        seed = "data"
        [publish.env]
        MODE = "fast"
        [cron]
        "@daily" = "flask clean"
        """)  # fmt: skip
    run = found.run
    assert (found.folder, found.build) == ("web", "make pages")
    assert run.start == ("gunicorn", "-w", "3", "app:app")
    assert run.release == ("/bin/sh", "-c", "flask db upgrade && true")
    assert (run.health, run.port, run.env["PORT"], run.memory_mb, run.idle_minutes) == ("/up", 9000, "9000", 128, 5)
    assert (run.egress.policy, run.egress.hosts, run.seed) == ("allow-list", ("api.example.org",), "data")
    assert (run.env["MODE"], run.cron) == ("fast", {"@daily": "flask clean"})
    assert found.dependencies and found.dependencies.whole


def test_pages_that_a_build_makes_need_no_dependencies_when_they_are_served(tmp_path: Path):
    found = read(tmp_path, VITE)
    assert (found.build, found.run.kind, found.run.dependencies) == ("vite build", "static", ())
    assert found.dependencies and not found.dependencies.shipped and "--omit=dev" not in found.dependencies.line


def test_pages_are_made_by_what_any_language_brings(tmp_path: Path):
    said = "[publish]\nstatic = 'site'\nbuild = 'mkdocs build'\n"
    made = read(tmp_path / "a", {"requirements.txt": "mkdocs\n", "mkdocs.yml": ""}, said)
    assert (made.run.kind, made.build, made.pages) == ("static", "mkdocs build", ("site",))
    assert made.dependencies and not made.dependencies.shipped and "gunicorn" not in made.dependencies.line
    by_node = read(tmp_path / "b", VITE, "[publish]\nruntime = 'static'\n")
    assert (by_node.run.kind, by_node.build) == ("static", "vite build") and by_node.dependencies
    there = read(tmp_path / "c", VITE | {"site/index.html": ""}, "[publish]\nstatic = 'site'\n")
    assert (there.build, there.dependencies) == ("", None)
    later = read(tmp_path / "d", VITE, "[publish]\nstatic = 'dist'\n")
    assert (later.build, later.pages) == ("vite build", ("dist",))


def test_django_collects_its_files_where_it_says_where(tmp_path: Path):
    assert read(tmp_path / "a", DJANGO).build == ""
    settings_file = next(path for path in DJANGO if path.endswith("settings.py"))
    files = DJANGO | {settings_file: DJANGO[settings_file] + "\nSTATIC_ROOT = 'static'\n"}
    assert read(tmp_path / "b", files).build == "python manage.py collectstatic --noinput"
    perhaps = DJANGO | {settings_file: DJANGO[settings_file] + "\nif not DEBUG:\n    STATIC_ROOT = 'static'\n"}
    assert read(tmp_path / "c", perhaps).build.startswith("if python manage.py diffsettings")


def test_what_needs_the_source_to_be_installed_sees_it(tmp_path: Path):
    local = read(tmp_path / "a", FLASK | {"requirements.txt": "flask\n-e ./lib\n"})
    hook = read(tmp_path / "b", {"package.json": package(scripts={"postinstall": "patch-package"}), "index.js": ""})
    assert local.dependencies and local.dependencies.whole
    assert hook.dependencies and hook.dependencies.whole


@pytest.mark.parametrize(
    ("files", "project_file", "code", "words"),
    [
        ({"README.md": ""}, None, "nothing-to-publish", "Nothing here tells what this is"),
        ({"requirements.txt": "flask"}, None, "no-start-command", "This is a Python project"),
        ({"package.json": package()}, None, "no-start-command", "This is a Node.js project"),
        ({"requirements.txt": "x", "Procfile": "worker: x\n"}, None, "no-start-command", "has no line “web:”"),
        (FLASK, "[publish]\nruntime = 'dockerfile'\n", "nothing-to-publish", "there is no Dockerfile"),
        (FLASK, "[publish]\nfolder = 'web'\n", "folder-not-found", "There is no folder “web”"),
        (FLASK | {"uv.lock": "version = 1\n[[package"}, None, "bad-lock-file", "uv.lock cannot be used: it is no TOML"),
        (
            EXPRESS | {"package-lock.json": "{"},
            None,
            "bad-lock-file",
            "package-lock.json cannot be used: it is no JSON",
        ),
        (EXPRESS | {"yarn.lock": "a\n<<<<<<< HEAD\n"}, None, "bad-lock-file", "line 2 is a conflict of a git merge"),
        ({"package.json": "{"}, None, "broken-manifest", "package.json cannot be used"),
        (FLASK | {"pyproject.toml": "["}, None, "broken-manifest", "pyproject.toml cannot be used"),
    ],
)
def test_what_cannot_be_published_is_refused_by_name(tmp_path, files, project_file, code, words):
    found = refused(tmp_path, files, project_file)
    assert found.code == code
    assert words in found.message


@pytest.mark.parametrize(
    ("line", "argv"),
    [
        ("gunicorn -w 2 app:app", ("gunicorn", "-w", "2", "app:app")),
        ("uvicorn a:b --port $PORT", ("/bin/sh", "-c", "exec uvicorn a:b --port $PORT")),
        ("A=1 node x.js", ("/bin/sh", "-c", "A=1 node x.js")),
        ("node a && node b", ("/bin/sh", "-c", "node a && node b")),
    ],
)
def test_a_line_becomes_a_program_that_gets_signals_itself(line: str, argv: tuple[str, ...]):
    assert shell(line) == argv


names = st.sampled_from(
    ("package.json", "package-lock.json", "yarn.lock", "requirements.txt", "pyproject.toml", "uv.lock", "poetry.lock",
     "Procfile", "manage.py", "app.py", "shop/__init__.py", "index.html", "nacre.toml", ".flaskenv", "Dockerfile")
)  # fmt: skip
texts = st.one_of(
    st.text(max_size=80),
    st.sampled_from((
        "{}", '{"scripts": 5}', '{"scripts": {"start": "npm run start"}}', '{"dependencies": []}', "web: x\nweb: $(",
        "-r requirements.txt\n", "[project]\ndependencies = 5\n", "[tool]\npoetry = 1\n", "def create_app(): ...",
        "FLASK_APP=a/b:c()", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'a.b.c')", "[publish]\nstatic = ''\n",
        '{"scripts": {"a": "npm run b", "b": "npm run a && npm run a", "start": "npm run a"}}',
    )),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(names, texts, max_size=6))
def test_any_source_has_a_recipe_or_a_refusal_that_helps(tmp_path_factory: pytest.TempPathFactory, files):
    folder = tmp_path_factory.mktemp("source")
    lay_out(files, folder)
    try:
        found = recipe(Source(folder))
    except NacreError as refusal:
        assert refusal.hint
    else:
        assert found.run.start or found.run.kind == "dockerfile"


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "\n" * (1 << 20), "app.py": ""},
        {"requirements.txt": "flask\n" + " " * (1 << 19) + "\n" + "\t" * (1 << 19), "app.py": ""},
        {"requirements.txt": "flask\n-r requirements.txt\n-r ./b.txt\n" * 100,
         "b.txt": "-r b.txt\n-r requirements.txt\n" * 100, "app.py": ""},
        {"requirements.txt": "flask", "Procfile": "web: x" + " " * (1 << 20) + "y", "app.py": "app\n" * 200_000},
        {"requirements.txt": "django", "manage.py": "DJANGO_SETTINGS_MODULE'" + " " * (1 << 20), "app.py": ""},
        {"requirements.txt": "flask", ".flaskenv": "FLASK_APP=" + "a" * (1 << 19) + " " * (1 << 19) + "!",
         "app.py": "from x import " + " " * (1 << 20)},
        {"package.json": package(scripts={"start": "&& ".join(["npm run start "] * 1000), "a": "npm run a && " * 100})},
        {"package.json": package(scripts={"start": "npm" + " " * (1 << 19) + "!"}),
         "next.config.js": "output" + " " * 500_000},
    ],
)  # fmt: skip
def test_no_source_keeps_all_of_nacre_waiting(tmp_path: Path, files: dict[str, str]):
    began = time.process_time()
    with suppress(NacreError):
        read(tmp_path, files)
    assert time.process_time() - began < 3
