"""What a site lets programs read: its robots.txt, by RFC 9309. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

AGENT = "nacre"
_LONGEST = 500 << 10
_LONGEST_DELAY_S = 10.0


@dataclass(frozen=True)
class Robots:
    """`rules` are (pattern, allowed); `delay_s` is what it asks to wait between pages; `sitemaps` are addresses."""

    rules: tuple[tuple[str, bool], ...] = ()
    delay_s: float = 0.0
    sitemaps: tuple[str, ...] = ()

    def allow(self, path: str) -> bool:
        """Whether a path, with its query, may be read: the longest pattern that fits decides, of equals the kind."""
        fitting = [(len(pattern), allowed) for pattern, allowed in self.rules if _fits(pattern, _same(path))]
        return max(fitting, default=(0, True))[1]


NOTHING_SAID = Robots()


def read_robots(text: str) -> Robots:
    """Of the groups the one for us, else that for all; several of one name are one."""
    groups: dict[str, _Group] = {}
    naming, agents, sitemaps = False, [""], []
    for key, value in _lines(text[:_LONGEST]):
        if key == "sitemap":
            sitemaps.append(value)
        elif key == "user-agent":
            agents = [*agents, value.lower()] if naming else [value.lower()]
            naming = True
            groups.setdefault(value.lower(), _Group())
        elif key in ("allow", "disallow", "crawl-delay"):
            naming = False
            for agent in agents:
                groups.setdefault(agent, _Group()).hear(key, value)
    own = groups.get(AGENT) or groups.get("*") or _Group()
    return Robots(tuple(own.rules), own.delay_s, tuple(sitemaps))


@dataclass
class _Group:
    rules: list[tuple[str, bool]] = field(default_factory=list)
    delay_s: float = 0.0

    def hear(self, key: str, value: str) -> None:
        if key == "crawl-delay":
            self.delay_s = _seconds(value)
        elif value:
            self.rules.append((_same(value), key == "allow"))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), value.strip()


def _fits(pattern: str, path: str) -> bool:
    """* stands for anything, $ at the end for the end. The first place where each part fits is as good as any."""
    ends = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if not others:
        return not ends or at == len(path)
    for part in others[:-1]:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    last = others[-1]
    return path.endswith(last) and len(path) - len(last) >= at if ends else path.find(last, at) >= 0


def _same(path: str) -> str:
    """One way to write a path: letters that some encode and some do not."""
    return quote(unquote(path, errors="surrogateescape"), safe="/*$?&=+:;,@!~'()", errors="surrogateescape")


def _seconds(text: str) -> float:
    try:
        return min(max(float(text), 0.0), _LONGEST_DELAY_S)
    except ValueError:
        return 0.0
