"""Who may read all numbers as text, and what they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from nacre.core.clock import Clock
from nacre.core.errors import InvalidInput, NotSignedIn
from nacre.core.principals import Principal
from nacre.monitoring.book.quarters import GAP_MS
from nacre.monitoring.exposition import exposition
from nacre.monitoring.ring import Ring
from nacre.monitoring.seeing import may_see

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Scraping:
    """Whoever asks from one of the networks sees all, and needs no token. What is old is not told as if it were so now:
    whoever watches from outside shall see that nothing is measured any more."""

    ring: Ring
    networks: Sequence[Network]
    clock: Clock

    def text(self, who: Principal | None, address: str) -> bytes:
        """What the caller may see; None: who says nothing of who they are. Raises NotSignedIn "no-token"."""
        since_ms = int(self.clock().timestamp() * 1000) - GAP_MS
        samples = [one for one in self.ring.latest() if one.time_ms >= since_ms]
        if self._lets_in(address):
            return exposition(samples)
        if who is None:
            raise NotSignedIn(
                "no-token",
                "The metrics of this Nacre are not for everybody.",
                hint="Send a token (`nacre token create`) as `Authorization: Bearer …`, or name the address of who "
                "scrapes in the setting metrics_from.",
            )
        return exposition(one for one in samples if may_see(who, one.subject))

    def _lets_in(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.networks)


def networks_of(said: str) -> list[Network]:
    """Addresses and networks separated by spaces. Raises InvalidInput "bad-settings"."""
    try:
        return [ip_network(one, strict=False) for one in said.split()]
    except ValueError as error:
        raise InvalidInput("bad-settings", f"The setting “metrics_from” is wrong: {error}.") from error
