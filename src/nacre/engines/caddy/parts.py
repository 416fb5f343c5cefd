"""The pieces that a Caddy configuration is made of, as plain data; see caddyserver.com/docs/json."""

from collections.abc import Mapping, Sequence
from typing import Any

Piece = dict[str, Any]
"""A part of the configuration: what `json.dumps` takes, in Caddy's words."""

_DIAL_TIMEOUT = "3s"
_IDLE_CONNECTIONS = 256  # Go keeps 32 to each upstream, and dials anew for every request beyond that


def route(*handle: Piece, match: Piece | Sequence[Piece] = (), terminal: bool = False) -> Piece:
    """Requests that meet one of the matchers (all, without any) pass these handlers in order."""
    matchers = [match] if isinstance(match, dict) else [*match]
    return {
        **({"match": matchers} if matchers else {}),
        "handle": [*handle],
        **({"terminal": True} if terminal else {}),
    }


def subroute(*routes: Piece, match: Piece | Sequence[Piece] = ()) -> Piece:
    """A route whose requests go through routes of their own and nowhere else."""
    return route({"handler": "subroute", "routes": [*routes]}, match=match, terminal=True)


def proxy(dial: str, *, patience: str = "", **more: Any) -> Piece:
    """Pass the request on to `dial`, as in `unix//run/x.sock`.

    With `patience` a request that reaches nobody is tried again for so long: what listens there may be restarting.
    """
    again = {"load_balancing": {"try_duration": patience, "try_interval": "50ms"}} if patience else {}
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": dial}],
        "transport": {
            "protocol": "http",
            "compression": False,
            "dial_timeout": _DIAL_TIMEOUT,
            "keep_alive": {"max_idle_conns_per_host": _IDLE_CONNECTIONS},
        },
        **again,
        **more,
    }


def headers(*, request: Piece | None = None, response: Piece | None = None) -> Piece:
    return {
        "handler": "headers",
        **({"request": request} if request else {}),
        **({"response": response} if response else {}),
    }


def deleted(*names: str) -> list[str]:
    """Names of headers to delete, spelt as Caddy looks for them: it turns capitals into small letters each time."""
    return [name.lower() for name in names]


def variables(**values: str) -> Piece:
    return {"handler": "vars", **values}


def answer(status: int, body: str = "", **fields: str) -> Piece:
    """An answer that needs nobody; underscores in the names of fields stand for hyphens."""
    names = {name.replace("_", "-").title(): [value] for name, value in fields.items()}
    return {"handler": "static_response", "status_code": status, "headers": names, "body": body}


def redirect(location: str) -> Piece:
    """Send the client there with the same method and body."""
    return answer(307, location=location, cache_control="no-store")


def largest_body(size_bytes: int) -> Piece:
    """Refuse more than that with 413."""
    return {"handler": "request_body", "max_size": size_bytes}


def compress(*types: str) -> Piece:
    """Answers of these media types are compressed where the client takes it; other ones are left alone."""
    return {
        "handler": "encode",
        "encodings": {"zstd": {}, "gzip": {}},
        "prefer": ["zstd", "gzip"],
        "minimum_length": 1024,
        "match": {"headers": {"Content-Type": [*types]}},
    }


def files(root: str) -> Piece:
    """Files of that folder, those beside them with .br or .gz at the end being the same compressed."""
    return {
        "handler": "file_server",
        "root": root,
        "precompressed": {"br": {}, "gzip": {}},
        "precompressed_order": ["br", "gzip"],
    }


def removed(*expressions: str) -> list[Mapping[str, str]]:
    """The parts of a header's value that match one of these are taken out, one expression after the other."""
    return [{"search_regexp": expression, "replace": ""} for expression in expressions]
