"""Which certificates the gateway has, as they lie in its folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from nacre.gateway.site import Site, certified_names

_SHORT = timedelta(days=7)


@dataclass(frozen=True)
class Certificate:
    """Of one name, from when until when."""

    name: str
    since: datetime
    until: datetime


def certificate(state: Path, name: str) -> Certificate | None:
    """The one of this name that lasts longest; `state` is the gateway's folder."""
    return max(_found(state, name), key=lambda one: one.until, default=None)


def certificates(site: Site) -> Iterator[Certificate]:
    """Those that must not end: of Nacre's own names, and of apps' names where an authority gives them for weeks. What
    Nacre signs itself for a visitor lasts hours, and is made anew for the next."""
    for name in [site.domain] if site.is_public else certified_names(site):
        if (found := certificate(site.state, name)) is not None:
            yield found
    for name in _names_of_apps(site):
        if (found := certificate(site.state, name)) is not None and found.until - found.since > _SHORT:
            yield found


def _names_of_apps(site: Site) -> Iterator[str]:
    """Those of their own and, where names are got one by one, those below the domain."""
    yield from sorted(path.name for path in _within(site.domains) if not path.name.startswith("."))
    if site.is_public:
        yield from sorted(f"{path.name}.{site.domain}" for path in _within(site.run / "apps"))


def _within(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _found(state: Path, name: str) -> Iterator[Certificate]:
    from cryptography import x509

    safe = name.lower().replace("*", "wildcard_").replace(":", "-")  # as certmagic, which Caddy has it from, does
    for path in state.glob(f"certificates/*/{safe}/{safe}.crt"):
        try:
            read = x509.load_pem_x509_certificate(path.read_bytes())
        except (OSError, ValueError):
            continue  # being written anew
        yield Certificate(name, read.not_valid_before_utc, read.not_valid_after_utc)
