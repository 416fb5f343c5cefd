"""Domains of people's own for published apps: which names may be one, and the folder that the gateway finds them in."""

import ipaddress
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import idna

from nacre.core.errors import InvalidInput
from nacre.gateway.site import PRIVATE_ENDINGS, Site, certified_names

_LONGEST = 253
_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def checked(text: str, site: Site) -> str:
    """The name as certificates and browsers have it: lower case, in ASCII. Raises InvalidInput "bad-domain"."""
    if "*" in text:
        raise _refused(
            text,
            "it stands for any number of names, and nobody certifies that without access to your DNS",
            "Add each name by itself: `nacre app domain add APP shop.example.com`.",
        )
    if "/" in text or ":" in text or "@" in text:
        raise _refused(text, "it is an address, and the name alone is wanted", "Leave out https://, port and path.")
    try:
        name = idna.encode(text.strip().rstrip("."), uts46=True, std3_rules=True).decode()
    except UnicodeError as error:  # idna.IDNAError is one
        raise _refused(text, f"it is no name that the DNS can hold ({error})") from None
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        raise _refused(text, "it must be of two parts or more, such as shop.example.com, and of 253 letters at most")
    if _is_address(name):
        raise _refused(text, "it is an address of a machine, which has no name for a certificate")
    _refuse_ours(text, name, site)
    return name


def in_words(name: str) -> str:
    """The name as people write it: `xn--bcher-kva.example` is bücher.example."""
    try:
        return idna.decode(name)
    except UnicodeError:
        return name


def _refuse_ours(text: str, name: str, site: Site) -> None:
    ours = site.app_names
    if ours and (name == ours or name.endswith(f".{ours}")):
        raise _refused(
            text, f"{ours} and all names below it are Nacre's own", f"Apps have names there by themselves: APP.{ours}."
        )
    if name in certified_names(site):
        raise _refused(text, "Nacre itself is reached by that name")
    ending = next((ending for ending in PRIVATE_ENDINGS if f".{name}".endswith(f".{ending}")), None)
    if site.is_public and ending:
        raise _refused(text, f"no authority certifies names that end in .{ending}", "Choose one that the world knows.")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _refused(text: str, why: str, hint: str = "") -> InvalidInput:
    return InvalidInput("bad-domain", f"“{text}” cannot be the domain of an app: {why}.", hint=hint)


class Board:
    """A folder for each domain, with one file in it that is called like its app: what the gateway looks at.

    It is made from the store at every start; between, both change together. Everybody may read it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lay_out(self, apps: Mapping[str, str]) -> None:
        """Let it hold exactly these: the app by the name of its domain."""
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._folder.chmod(0o755)
        for found in [*self._folder.iterdir()]:
            if found.name not in apps:
                self.remove(found.name)
        for name, app in apps.items():
            self.put(name, app)

    def put(self, name: str, app: str) -> None:
        """From now on requests for this name go to this app."""
        if self.app(name) == app:
            return
        fresh = self._folder / f".{name}"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o755)
        fresh.chmod(0o755)
        (fresh / app).touch(mode=0o644)
        self.remove(name)
        fresh.rename(self._folder / name)

    def remove(self, name: str) -> None:
        """Requests for this name go nowhere from now on."""
        shutil.rmtree(self._folder / name, ignore_errors=True)

    def app(self, name: str) -> str | None:
        """Which app the name leads to."""
        if not _NAME.fullmatch(name):
            return None
        try:
            return next((path.name for path in (self._folder / name).iterdir()), None)
        except OSError:
            return None
