"""What is done to a request that goes to people's own programs, and to what they answer."""

from nacre.engines.caddy.parts import Piece, deleted, headers, largest_body, proxy, removed
from nacre.gateway import cookies
from nacre.gateway.configuration.parts import FORGED, TRACED, single
from nacre.gateway.pages import SHOWN

_LARGEST_TO_CONTENT = 1 << 30
_IDENTITY = (
    "X-Nacre-*", "Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "X-Remote-User", "X-Remote-Email",
    "X-Remote-Groups", "X-Webauth-User", "X-Authenticated-User", "X-Authenticated-Email", "X-Auth-Request-User",
    "X-Auth-Request-Email",
)  # fmt: skip
# What concerns the whole origin is not for one of those who share it to say, such as where browsers report each address
# that is asked for.
_OF_THE_ORIGIN = (
    "Service-Worker-Allowed", "Clear-Site-Data", "Strict-Transport-Security", "Alt-Svc", "NEL", "Report-To",
    "Accept-CH", "Use-As-Dictionary", SHOWN,
)  # fmt: skip


def on_arrival() -> list[Piece]:
    """What is done to every request to content before anything else."""
    return [
        headers(request={"delete": deleted(*FORGED, *_IDENTITY), "set": TRACED}),
        largest_body(_LARGEST_TO_CONTENT),
    ]


def to_programs(dial: str, patience: str = "", prefix: str = "", person: str = "") -> list[Piece]:
    """People's own programs: they never see the platform's cookies, and cannot set them.

    What they are sent is made ready before the proxy, which would copy all headers to change one of them.
    """
    told = single(
        {name: value for name, value in (("X-Forwarded-Prefix", prefix), ("X-Nacre-Person", person)) if value}
    )
    kept = {
        "Cookie": removed(*cookies.IN_REQUEST),
        "Authorization": removed(cookies.AUTHORIZATION),
        # The proxy drops what is named here, which must not be what we have set.
        "Connection": removed(r"(?i)x-[a-z0-9-]+"),
    }
    response = {"replace": {"Set-Cookie": removed(cookies.IN_RESPONSE)}, "delete": deleted(*_OF_THE_ORIGIN)}
    return [
        headers(request={**({"set": told} if told else {}), "replace": kept}),
        proxy(dial, patience=patience, headers={"response": response}),
    ]
