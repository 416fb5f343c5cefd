"""What the gateway writes of each request, once it is over: a line of JSON without headers and without the query.

    {"ts":1795876733.2,"request":{"remote_ip":"192.0.2.7","method":"GET","host":"shop.example","uri":"/cart"},
     "duration":0.0119,"size":974,"status":200,"uuid":"b6db…","app":"shop","began":11.2}

`duration` is seconds until all was sent, `began` milliseconds until the app's answer began, null when it gave none. It
and `app` are there for published apps alone.
"""

from pathlib import Path

from nacre.engines.caddy.parts import Piece

REQUEST_ID = "{http.request.uuid}"
"""Whoever is told of it, it is in the log from then on."""

_NAME = "http.log.access"
_ROLLED_MB, _KEPT = 64, 2
# It writes each request down for a log line that hardly ever comes: a twentieth of what a request costs. What fails is
# told by the server's own log.
_TALKATIVE = "http.handlers.reverse_proxy"
_DELETED = {"filter": "delete"}
_LEFT_OUT = (
    "request>headers", "request>tls", "request>remote_port", "request>client_ip", "request>proto", "bytes_read",
    "user_id", "resp_headers",
)  # fmt: skip
_SAME_FOR_ALL = ("level_key", "message_key", "name_key", "caller_key", "stacktrace_key")


def logging(path: Path) -> Piece:
    """Caddy's logs: errors to where its own words go, requests to `path`, which it rolls by itself."""
    return {
        "logs": {
            # Each request is written down for this log, too, before it is found not to be for it.
            "default": {
                "level": "WARN",
                "encoder": _only({"request": _DELETED}, {"format": "json"}),
                "exclude": [_TALKATIVE, _NAME],
            },
            "access": {
                "include": [_NAME],
                "encoder": _only(
                    {**dict.fromkeys(_LEFT_OUT, _DELETED), "request>uri": _without_query()},
                    {"format": "json", **dict.fromkeys(_SAME_FOR_ALL, "")},
                ),
                "writer": {
                    "output": "file", "filename": str(path), "roll_size_mb": _ROLLED_MB, "roll_keep": _KEPT,
                    "roll_gzip": False,
                },
            },
        }
    }  # fmt: skip


def noted(**values: str) -> list[Piece]:
    """Handlers that add to the line what these stand for once the request is over."""
    return [{"handler": "log_append", "key": key, "value": value} for key, value in values.items()]


def _only(fields: Piece, wrapped: Piece) -> Piece:
    return {"format": "filter", "wrap": wrapped, "fields": fields}


def _without_query() -> Piece:
    return {"filter": "regexp", "regexp": r"\?.*", "value": ""}
