"""Where a published app is reached: at a name of its own, below the domain or on this machine, else at a path."""

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
        site = self._site
        if not site.app_names:
            return f"{site.content}/apps/{slug}/"
        port = site.port if site.domain else site.content_port
        return f"https://{slug}.{site.app_names}{'' if port == 443 else f':{port}'}/"
