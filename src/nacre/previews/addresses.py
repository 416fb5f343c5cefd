"""Where a branch's preview is reached: at a name of its own below the domain, else at a path."""

import socket
from pathlib import Path

from nacre.core.names import Ref
from nacre.core.settings import Settings
from nacre.gateway.site import Site
from nacre.gateway.targets import branch_label
from nacre.previews import support
from nacre.previews.frameworks.framework import Address

_SUPPORT = str(Path(support.__file__).parent)
"""The sandbox shows Nacre's own code where it lies on the machine."""


class Addresses:
    def __init__(self, settings: Settings) -> None:
        self._site = Site.of(settings)
        self._served = settings.mode != "slim"

    def told(self, ref: Ref) -> Address:
        """What the development server is told."""
        if self._site.domain:
            return Address("/", (f".{self._site.domain}",), _SUPPORT)
        # Servers that ask for names take localhost and addresses by themselves.
        everywhere = self._site.host in {"0.0.0.0", "::"}  # noqa: S104
        name = socket.gethostname().lower() if everywhere else self._site.host
        return Address(f"/p/{ref.project}/{ref.branch}/", (name,), _SUPPORT)

    def canonical(self, ref: Ref) -> str:
        """The base that a development server knows itself by: a path, or with a domain an origin of its own."""
        return (self.url(ref) or "").rstrip("/") if self._site.domain else self.told(ref).bare

    def url(self, ref: Ref) -> str | None:
        """What a browser opens; None where there is no gateway to open it through."""
        if not self._served:
            return None
        if not self._site.domain:
            return f"{self._site.content}/p/{ref.project}/{ref.branch}/"
        scheme, _, rest = self._site.console.partition("://")
        return f"{scheme}://{branch_label(ref)}.{rest}/"
