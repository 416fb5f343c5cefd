"""Which servers what is measured is passed on to, by the settings."""

import socket
from collections.abc import Iterator

from nacre.core.settings import Settings
from nacre.monitoring.pushing import otlp, remote_write
from nacre.monitoring.pushing.sender import Target


def targets(settings: Settings) -> Iterator[Target]:
    instance = settings.domain or socket.gethostname()
    if settings.remote_write_url:
        yield Target(
            settings.remote_write_url,
            settings.remote_write_token_file,
            remote_write.HEADERS,
            lambda samples: remote_write.write_request(samples, instance),
        )
    if settings.otlp_url:
        yield Target(
            settings.otlp_url,
            settings.otlp_token_file,
            otlp.HEADERS,
            lambda samples: otlp.export_request(samples, instance),
        )
