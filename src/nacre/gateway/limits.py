"""How often one address may ask without being known: a bucket of tokens for each that fills slowly."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

_MOST_ADDRESSES = 10_000


@dataclass
class _Bucket:
    tokens: float
    at: float


class Limits:
    """`burst` at once, then `per_s` in each second. `now` tells seconds that never go back."""

    def __init__(self, burst: int, per_s: float, now: Callable[[], float]) -> None:
        self._burst = burst
        self._per_s = per_s
        self._now = now
        self._buckets: dict[str, _Bucket] = {}

    def take(self, address: str) -> bool:
        """Whether this address may have one more; takes it then."""
        now, key = self._now(), _network(address)
        bucket = self._buckets.pop(key, None) or _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._per_s)
        bucket.at = now
        self._buckets[key] = bucket  # the one used last is the last in the dictionary
        if len(self._buckets) > _MOST_ADDRESSES:
            del self._buckets[next(iter(self._buckets))]
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True


def _network(address: str) -> str:
    """Whoever has an IPv6 address has 2**64 of them."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
