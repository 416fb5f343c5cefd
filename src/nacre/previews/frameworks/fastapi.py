"""FastAPI and Starlette on uvicorn."""

from nacre.engines.source.python import application, runs_module
from nacre.engines.source.source import Source
from nacre.previews.frameworks.framework import Address, Fitted, Framework


class FastAPI(Framework):
    """uvicorn and `fastapi dev` take the base path as root path, and expect it to be taken off each request."""

    name = "FastAPI"

    def detect(self, source: Source) -> str | None:
        found = application(source, "FastAPI") or application(source, "Starlette")
        return found and f"python3 -m uvicorn {found[0]}:{found[1]} --reload"

    def runs(self, words: tuple[str, ...]) -> bool:
        return runs_module(words, "uvicorn") or runs_module(words, "fastapi")

    def fit(self, line: str, address: Address, port: int) -> Fitted:
        root = address.bare
        if "uvicorn" in line:
            return Fitted(line, {"UVICORN_HOST": "127.0.0.1", "UVICORN_PORT": str(port), "UVICORN_ROOT_PATH": root})
        line = f"{line} --host 127.0.0.1 --port {port}"
        return Fitted(f"{line} --root-path {root}" if root else line)
