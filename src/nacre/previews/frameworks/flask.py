"""Flask."""

from nacre.engines.source.python import application, runs_module
from nacre.engines.source.source import Source
from nacre.previews.frameworks.framework import Address, Fitted, Framework


class Flask(Framework):
    """Flask learns of a base path only from its server, and its own server has no option for it: a wrapper tells it."""

    name = "Flask"

    def detect(self, source: Source) -> str | None:
        found = application(source, "Flask")
        if found is not None:
            return f"python3 -m flask --app {found[0]}:{found[1]} run"
        factory = any("def create_app(" in (source.text(f"{name}.py") or "") for name in ("app", "wsgi"))
        return "python3 -m flask run" if factory else None

    def runs(self, words: tuple[str, ...]) -> bool:
        return runs_module(words, "flask") and "run" in words

    def fit(self, line: str, address: Address, port: int) -> Fitted:
        words, app = _without_app(line.split(" "))
        env = {"FLASK_RUN_HOST": "127.0.0.1", "FLASK_RUN_PORT": str(port), "FLASK_DEBUG": "1"}
        env |= {"FLASK_APP": f"{address.support}/nacre_flask.py:create_app"} | ({"NACRE_FLASK_APP": app} if app else {})
        return Fitted(" ".join(words), env)


def _without_app(words: list[str]) -> tuple[list[str], str]:
    """The line without `--app NAME`, which would win over the wrapper, and that name."""
    for at, word in enumerate(words):
        if word in ("--app", "-A") and at + 1 < len(words):
            return words[:at] + words[at + 2 :], words[at + 1]
        if word.startswith("--app="):
            return words[:at] + words[at + 1 :], word.removeprefix("--app=")
    return words, ""
