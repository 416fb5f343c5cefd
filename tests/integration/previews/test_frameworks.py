"""Real projects of the frameworks, installed and run in real workspaces, know their base path."""

import httpx
from tests.applications import DJANGO, EXPRESS, FASTAPI, FLASK, STATIC
from tests.integration.previews.conftest import preview_socket


def test_python_frameworks_installed_into_the_project_know_their_base(house, project, ask):
    wanted = {"flask": FLASK, "fastapi": FASTAPI, "django": DJANGO}
    for name, files in wanted.items():
        requirements = files.get("requirements.txt", "django\n")
        install = "uv venv -q --allow-existing .venv && uv pip install -q -p .venv -r requirements.txt"
        project(name, {**files, "requirements.txt": requirements, "nacre.toml": f'[dev]\ninstall = "{install}"\n'})
        assert house.call("preview.start", ref=name)["state"] == "running", house.call("preview.logs", ref=name)
    assert ask("flask").text == "Hello from Flask at /p/flask/main/about"
    assert ask("fastapi").json() == {"hello": "FastAPI", "about": "/p/fastapi/main/about"}
    assert ask("django").text == "Hello from Django at /p/django/main/about with /p/django/main/static/style.css"
    assert ask("django", "/static/style.css").text == DJANGO["assets/style.css"]
    for name in wanted:
        assert "About" in ask(name, "/about").text
        house.call("preview.stop", ref=name)


def test_express_listens_on_the_port_it_is_given(house, project, ask):
    install = "npm install --no-audit --no-fund"
    files = {path: text for path, text in EXPRESS.items() if not path.startswith("node_modules")}
    project("express", files | {"nacre.toml": f'[dev]\ninstall = "{install}"\n'})
    assert house.call("preview.start", ref="express")["framework"] == "Express"
    assert ask("express").text == "Hello from Express at /p/express/main"


def test_pages_are_reloaded_when_a_file_changes(house, project, ask):
    files = project("pages", STATIC)
    house.call("preview.start", ref="pages")
    page = ask("pages").text
    assert page.startswith(STATIC["index.html"])
    assert "/p/pages/main/__nacre_reload" in page
    transport = httpx.HTTPTransport(uds=str(preview_socket(house, "pages")))
    with httpx.Client(transport=transport) as client, client.stream("GET", "http://localhost/__nacre_reload") as news:
        (files / "style.css").write_text("h1 { color: red }\n")
        assert next(line for line in news.iter_lines() if line.startswith("data:")) == "data: changed"
