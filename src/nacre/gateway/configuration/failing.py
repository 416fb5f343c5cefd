"""The pages that are shown where there is no answer of anybody's."""

from nacre.engines.caddy.parts import Piece, answer, route
from nacre.gateway.configuration.parts import status
from nacre.gateway.pages import LANGUAGES, SHOWN, Kind, page
from nacre.gateway.site import Site


def content_errors(site: Site) -> list[Piece]:
    """Without an upstream nobody was there to ask; without a folder there is no such app."""
    nobody = status("502", "503", "504")
    is_app = {"not": [{"vars": {"{http.vars.app}": [""]}}]}
    stopped = _exists(f"{site.run}/apps/{{http.vars.app}}/stopped")
    no_folder = {"not": [{"vars": {"{http.vars.app}": [""]}}, _exists(f"{site.run}/apps/{{http.vars.app}}/")]}
    unasked = {"vars": {"{http.vars.up}": [""], "{http.vars.app}": [""]}}
    return [
        *pages("no-app", 404, match={**nobody, **no_folder}),
        *pages("stopped", 503, match={**nobody, **is_app, **stopped}),
        *pages("silent", 502, match={**nobody, **is_app}),
        *pages("restarting", 503, match={**nobody, **unasked}),
        *pages("silent", 502, match=nobody),
        *pages("too-large", 413, match=status("413")),
        *pages("failed", 500, match={}),
    ]


def _exists(path: str) -> Piece:
    """Whether there is this file, or with a slash at its end this folder, which Caddy must be able to read."""
    return {"file": {"root": "/", "try_files": [path]}}


def pages(kind: Kind, status: int, match: Piece) -> list[Piece]:
    """The page in each language; the first that the browser asks for, else English."""
    prefers = {"header_regexp": {"Accept-Language": {"name": "language", "pattern": "(?i)^\\s*zh"}}}
    shown = {"content_type": "text/html; charset=utf-8", "cache_control": "no-store", SHOWN: kind}
    zh, en = (answer(status, page(kind, language), **shown) for language in reversed(LANGUAGES))
    return [route(zh, match={**match, **prefers}, terminal=True), route(en, match=match or (), terminal=True)]
