"""How finished pages are served: the configuration of the Caddy in their image, and what tells one version of a page
from the next."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nacre.engines.oci.entries import Entry, File

CONFIG = "/opt/nacre/pages.json"
START = ("/usr/local/bin/caddy", "run", "--config", CONFIG)
_ROOT = "/app"
_TAG = ".nacre-etag"
_NAMED_BY_CONTENT = (
    r"^/(?:assets|static/(?:js|css|media)|_next/static|_astro|_nuxt)/(?:.*[./-])?[0-9A-Za-z_-]{8,}\.\w+$"
)
_HIDDEN = ("*" + _TAG, "/app/.git", "/app/.env", "/app/nacre.toml")


def server(*, built: bool, single_page: bool, not_found: bool) -> bytes:
    """Caddy's configuration. `built`: a bundler made them, which names files by their content; `single_page`: what is
    no file is answered with /index.html, as apps with a router of their own in the browser need it; `not_found`:
    there is a 404.html to say so."""
    tries = ["{http.request.uri.path}", "{http.request.uri.path}/index.html", "{http.request.uri.path}.html"]
    # The time that files have is when the image was unpacked here, which tells nothing.
    timeless = {"handler": "headers", "response": {"delete": ["Last-Modified"], "deferred": True}}
    files: dict[str, Any] = {
        "handler": "file_server", "root": _ROOT, "hide": [*_HIDDEN], "etag_file_extensions": [_TAG],
    }  # fmt: skip
    # A folder without a slash is left to the file server, which sends browsers to the one with it.
    found = {"file": {"root": _ROOT, "try_files": [tries[0], tries[2]]}}
    routes: list[dict[str, Any]] = [
        {"handle": [{"handler": "encode", "encodings": {"zstd": {}, "gzip": {}}, "prefer": ["zstd", "gzip"]}]},
        {"handle": [timeless]},
        _cached("no-cache", []),
        *(
            [_cached("public, max-age=31536000, immutable", [{"path_regexp": {"pattern": _NAMED_BY_CONTENT}}])]
            if built
            else []
        ),
        {"match": [found], "handle": [{"handler": "rewrite", "uri": "{http.matchers.file.relative}"}]},
    ]
    if single_page:
        missing = {
            "not": [{"file": {"root": _ROOT, "try_files": tries[:2]}}],
            "path_regexp": {"pattern": r"(?:^|/)[^./]*$"},
        }
        routes.append({"match": [missing], "handle": [{"handler": "rewrite", "uri": "/index.html"}]})
    routes.append({"handle": [files]})
    site: dict[str, Any] = {
        "listen": [":{env.PORT}"],
        "automatic_https": {"disable": True},
        "protocols": ["h1", "h2c"],
        "routes": routes,
    }
    if not_found:
        answer = {"handler": "file_server", "root": _ROOT, "status_code": "404", "hide": [*_HIDDEN]}
        site["errors"] = {"routes": [{
            "match": [{"expression": "{http.error.status_code} == 404"}],
            "handle": [{"handler": "rewrite", "uri": "/404.html"}, answer],
        }]}  # fmt: skip
    document = {
        "admin": {"disabled": True, "config": {"persist": False}},
        "apps": {"http": {"servers": {"pages": site}}},
    }
    return json.dumps(document, indent=1, sort_keys=True).encode()


def _cached(value: str, match: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **({"match": match} if match else {}),
        "handle": [{"handler": "headers", "response": {"set": {"Cache-Control": [value]}}}],
    }


def tagged(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, and beside each file what tells its version: files of an image have no time to tell it by."""
    for entry in entries:
        yield entry
        if isinstance(entry, File):
            content = entry.source if isinstance(entry.source, bytes) else _content(entry.source)
            yield File(f"{entry.path}{_TAG}", f'"{hashlib.sha256(content).hexdigest()[:32]}"'.encode())


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read()
