"""The gateway's certificates, as they lie in its folder: those of names that it has now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from nacre.core.clock import Clock
from nacre.gateway.certified import certificates
from nacre.gateway.site import Site
from nacre.monitoring.measures.certificate import CERTIFICATE
from nacre.monitoring.measures.measure import Kind

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class OfCertificates:
    site: Site
    clock: Clock
    kind: Kind = CERTIFICATE

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        now = self.clock()
        for one in certificates(self.site):
            left = one.until - now
            yield one.name, (left / _DAY, 100 * left / (one.until - one.since))
