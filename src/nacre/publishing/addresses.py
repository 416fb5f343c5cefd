"""Where a published app is reached: at a name of its own below the domain, else at a path."""

from nacre.core.settings import Settings
from nacre.gateway.site import Site


class Addresses:
    def __init__(self, settings: Settings) -> None:
        self._site = Site.of(settings)
        self._served = settings.mode != "slim"

    def url(self, slug: str) -> str | None:
        """What a browser opens; None where there is no gateway to open it through."""
        if not self._served:
            return None
        if not self._site.domain:
            return f"{self._site.content}/apps/{slug}/"
        scheme, _, rest = self._site.console.partition("://")
        return f"{scheme}://{slug}.{rest}/"
