"""A page of the web, or a site below an address: its links and its sitemap are followed, and robots.txt is heeded."""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from blake3 import blake3
from pydantic import Field, JsonValue

from nacre.core.errors import InvalidInput, NacreError, NotAllowed, TooLarge, Unavailable
from nacre.core.principals import Principal
from nacre.engines.processes.users import Account
from nacre.engines.reading.reading import read
from nacre.knowledge.sources import pages
from nacre.knowledge.sources.addresses import Place, folder_of, place_of, tidy
from nacre.knowledge.sources.fetching import Fetcher, Gone, Page, Refused, Stamp
from nacre.knowledge.sources.item import MOST_BYTES, Document, Item, Items, Memory, Settings
from nacre.knowledge.sources.robots import NOTHING_SAID, Robots, read_robots

_MOST_SITEMAPS = 50
_MOST_QUEUED = 50_000
_TOLD_OF = 5
_LONGEST_S = 3600.0
_GIVE_UP_AFTER = 10
"""So many failures in a row are those of the site: it may be down, and each would take its time."""


class Site(Settings):
    """`below` is what addresses begin with that are followed; None: the folder of `url`."""

    url: str
    below: str | None = None
    depth: Annotated[int, Field(ge=0, le=20)] = 0


class Urls:
    """`account` is whom pages are parsed as."""

    settings = Site
    every_s = 86_400.0

    def __init__(self, fetcher: Fetcher, account: Account | None) -> None:
        self._fetcher = fetcher
        self._account = None if account is None else (account.uid, account.gid)

    def settled(self, settings: Site) -> Site:
        return settings.model_copy(update={"url": tidy(settings.url)})

    def check(self, who: Principal, settings: Site) -> None:
        self._fetcher.check(settings.url)
        if settings.below is not None and not tidy(settings.url).startswith(tidy(settings.below)):
            raise InvalidInput(
                "bad-url",
                f"{settings.url} is not below {settings.below}.",
                hint="Leave `below` out, or name a beginning of the address.",
            )

    def allow(self, who: Principal, settings: Site) -> None:
        return  # what is public may be read by everybody

    def position(self, settings: Site) -> JsonValue:
        return None

    def items(self, who: Principal, settings: Site, memory: Memory) -> Items:
        walk = _Walk(self._fetcher, settings, _remembered(memory))
        try:
            for page in walk.pages():
                yield Item(_name(page.url), walk.known[page.url].fingerprint, partial(self._document, page))
            walk.complain()
        finally:
            memory["pages"] = walk.memory()

    def _document(self, page: Page) -> Document | None:
        if page.body is None:
            page = self._fetcher.get(page.url)
        if not page.whole:
            raise TooLarge("page-too-large", f"{page.url} has more than {MOST_BYTES >> 20} MB.")
        name, body = pages.file_name(page.url, page.kind), page.body or b""
        if name is None:
            return None
        metadata: dict[str, JsonValue] = {"url": page.url}
        if pages.is_text(name):
            body = pages.as_utf8(body, page.charset)
        if pages.is_html(page.kind) and (title := pages.title(body[:65536].decode(errors="replace"))):
            metadata["title"] = title
        found = read(name, body, self._account)
        return Document(found.text, metadata | {"kind": found.kind.value})


@dataclass(frozen=True)
class _Known:
    """What is remembered of a page; `depth` is how many links it is away from where one began."""

    fingerprint: str
    depth: int
    kind: str
    stamp: Stamp


class _Walk:
    """One round through a site, by breadth: what is known already, what its sitemap names, and what pages link to.

    A page that was found once is looked for until it is gone: links on pages that are unchanged are not seen again.
    `known` are those that were found now.
    """

    def __init__(self, fetcher: Fetcher, settings: Site, before: Mapping[str, _Known]) -> None:
        self.known: dict[str, _Known] = {}
        self._fetcher = fetcher
        self._settings = settings
        self._before = before
        self._waiting: deque[tuple[str, int]] = deque()
        self._queued: set[str] = set()
        self._below = ""
        self._robots = NOTHING_SAID
        self._failed: dict[str, str] = {}
        self._failed_in_a_row = 0
        self._gone: set[str] = set()
        self._is_through = False
        self._sitemaps_left = _MOST_SITEMAPS

    def pages(self) -> Iterator[Page]:
        start = self._start(tidy(self._settings.url))
        if start is not None:
            yield start
        ends_s = time.monotonic() + _LONGEST_S
        while self._waiting and self._failed_in_a_row < _GIVE_UP_AFTER:
            url, depth = self._waiting.popleft()
            if time.monotonic() > ends_s:
                self._failed[url] = f"It takes longer than {_LONGEST_S / 60:g} minutes; the rest is for the next time."
                return
            page = self._fetched(url)
            if page is not None and page.url not in self.known and self._is_wanted(page.url):
                self._take(page, depth)
                yield page
        self._is_through = not self._failed

    def complain(self) -> None:
        """Raises Unavailable "pages-unreachable" where some of it could not be fetched."""
        if self._failed:
            more = len(self._failed) - _TOLD_OF
            told = " ".join([*self._failed.values()][:_TOLD_OF]) + (f" And {more} more." if more > 0 else "")
            raise Unavailable("pages-unreachable", f"Not all pages could be fetched. {told}")

    def memory(self) -> JsonValue:
        """What was not come to, whatever for, is remembered as it was."""
        before = () if self._is_through else self._before.items()
        kept = {url: one for url, one in before if url not in self._gone} | self.known
        return [
            [url, one.fingerprint, one.depth, one.kind, one.stamp.etag, one.stamp.modified] for url, one in kept.items()
        ]

    def _start(self, url: str) -> Page | None:
        """Where one begins; it may lead elsewhere, and then the site is there. None: it is a sitemap."""
        self._heed(url)
        try:
            page = self._fetcher.get(url, self._stamp)
        except Gone:
            raise Unavailable("page-unreachable", f"There is no page at {url}.", hint="Is the address right?") from None
        if place_of(page.url).origin != place_of(url).origin:
            self._heed(page.url)
        self._below = tidy(self._settings.below or folder_of(page.url))
        self._queued |= {url, page.url}
        listed = pages.sitemap(page.body or b"")
        if listed is None:
            self._take(page, 0)
        if listed is not None or self._settings.depth:
            self._add((one, known.depth) for one, known in self._before.items())
        if listed is not None:
            self._follow(*listed)
            return None
        if self._settings.depth:
            self._find_sitemaps(page.url)
        return page

    def _heed(self, url: str) -> None:
        """Ask a site what it lets programs read. Raises NotAllowed "robots-forbid"."""
        place = place_of(url)
        self._robots = self._read_robots(place)
        if not self._robots.allow(place.target):
            raise NotAllowed("robots-forbid", f"The robots.txt of {place.host} forbids programs to read {url}.")

    def _read_robots(self, place: Place) -> Robots:
        """Where there is none, nothing is forbidden; where it cannot be had, nothing may be read (RFC 9309, 2.3.1)."""
        try:
            page = self._fetcher.get(place.origin + "/robots.txt")
        except Gone:
            return NOTHING_SAID
        except Refused as refused:
            if refused.status < 500:
                return NOTHING_SAID
            raise
        return read_robots((page.body or b"").decode(errors="replace"))

    def _take(self, page: Page, depth: int) -> None:
        before = self._before.get(page.url)
        if page.body is None and before is not None:
            self.known[page.url] = before
            return
        body = page.body or b""
        self.known[page.url] = _Known(blake3(body).hexdigest()[:32], depth, page.kind, page.stamp)
        if depth < self._settings.depth and pages.is_html(page.kind):
            self._add((link, depth + 1) for link in pages.links(page.url, body))

    def _add(self, found: Iterable[tuple[str, int]]) -> None:
        for url, depth in found:
            if url not in self._queued and self._is_wanted(url) and len(self._queued) < _MOST_QUEUED:
                self._queued.add(url)
                self._waiting.append((url, depth))

    def _is_wanted(self, url: str) -> bool:
        return url.startswith(self._below) and self._robots.allow(place_of(url).target)

    def _fetched(self, url: str) -> Page | None:
        """None for what is gone, and for what could not be fetched, which is told at the end."""
        self._fetcher.pause(self._robots.delay_s)
        try:
            page = self._fetcher.get(url, self._stamp, _is_read)
        except Gone:
            self._gone.add(url)
            return None
        except NacreError as error:
            self._failed[url] = error.message
            self._failed_in_a_row += 1
            return None
        self._failed_in_a_row = 0
        return page

    def _stamp(self, url: str) -> Stamp:
        known = self._before.get(url)
        return Stamp() if known is None else known.stamp

    def _find_sitemaps(self, start: str) -> None:
        """Those that robots.txt names; where it names none there may be one all the same."""
        if self._robots.sitemaps:
            self._follow(True, self._robots.sitemaps)
            return
        try:
            page = self._fetcher.get(place_of(start).origin + "/sitemap.xml")
        except (Gone, Refused):
            return
        listed = pages.sitemap(page.body or b"")
        if listed is not None:
            self._follow(*listed)

    def _follow(self, of_sitemaps: bool, found: Sequence[str]) -> None:
        if not of_sitemaps:
            self._add((url, 1) for url in found)
            return
        for url in found:
            if self._sitemaps_left > 0:
                self._sitemaps_left -= 1
                page = self._fetched(tidy(url))
                listed = pages.sitemap(page.body or b"") if page is not None else None
                if listed is not None:
                    self._follow(*listed)


def _is_read(url: str, kind: str) -> bool:
    return pages.file_name(url, kind) is not None


def _remembered(memory: Memory) -> dict[str, _Known]:
    rows: Any = memory.get("pages", [])
    return {
        url: _Known(fingerprint, depth, kind, Stamp(etag, modified))
        for url, fingerprint, depth, kind, etag, modified in rows
    }


def _name(url: str) -> str:
    return place_of(url).target[1:]
