"""Where this Nacre is reached, and by whom, as all that is exported has to know it."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

JOB = "nacre"
AUTHORITY_FILE = "nacre-root.crt"


@dataclass(frozen=True)
class Place:
    """`console` is its address. `authority` is the certificate that others must trust where it signs its own. `open`:
    some addresses read /metrics without a token."""

    console: str
    authority: Path | None
    open: bool

    @property
    def scheme(self) -> str:
        return urlsplit(self.console).scheme

    @property
    def target(self) -> str:
        """Host and port, as Prometheus names what it scrapes."""
        parts = urlsplit(self.console)
        return parts.netloc if parts.port else f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"

    def page(self, path: str, **query: str) -> str:
        return f"{self.console}{path}{'?' if query else ''}{urlencode(query, quote_via=quote)}"
