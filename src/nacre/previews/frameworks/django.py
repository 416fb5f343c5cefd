"""Django."""

import re

from nacre.engines.source.source import Source
from nacre.previews.frameworks.framework import Address, Fitted, Framework

_SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([\w.]+)['"]""")


class Django(Framework):
    """Django has a base path only as a setting: a settings module that stands before the project's adds it."""

    name = "Django"

    def detect(self, source: Source) -> str | None:
        if not _SETTINGS.search(source.text("manage.py") or ""):
            return None
        return "python3 manage.py runserver"

    def runs(self, words: tuple[str, ...]) -> bool:
        return "runserver" in words and any(word.endswith("manage.py") for word in words)

    def fit(self, line: str, address: Address, port: int) -> Fitted:
        if line.rstrip().endswith("runserver"):
            line = f"{line.rstrip()} 127.0.0.1:{port}"
        env = {"PYTHONPATH": address.support, "DJANGO_SETTINGS_MODULE": "nacre_django", "PYTHONUNBUFFERED": "1"}
        return Fitted(line, env | {"NACRE_HOSTS": ",".join(address.hosts)}, strip=False)
