"""What several of these files say in the same words."""

from nacre.engines.caddy.parts import Piece
from nacre.gateway.accesslog import REQUEST_ID
from nacre.gateway.site import Site

# While the daemon is started anew, a request waits for it rather than fail.
PATIENCE = "10s"
# By it what the gateway, the daemon and an app wrote of one request is found together.
TRACED = {"X-Request-Id": [REQUEST_ID]}
# What programs behind a proxy believe about who calls, and only we may say.
FORGED = ("X-Forwarded-*", "Forwarded", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "*_*")
TEXT = ("text/html*", "text/css*", "text/plain*", "text/javascript*", "application/javascript*", "application/json*",
         "image/svg+xml*", "application/xml*", "text/xml*", "application/wasm*")  # fmt: skip


def unix(site: Site, name: str) -> str:
    return f"unix/{site.run / name}"


def colon(port: int) -> str:
    return "" if port == 443 else f":{port}"


def single(values: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in values.items()}


def status(*codes: str) -> Piece:
    return {"vars": {"{http.error.status_code}": [*codes]}}
