"""No more than so much in any minute, by reservations: who comes too early is told when it may be."""

from collections import deque
from dataclasses import dataclass

WINDOW_S = 60.0
_ROUNDING_S = 1e-6


@dataclass
class Share:
    """What was reserved. Its `amount` may be set right once it is known, or to nothing if it was not used."""

    at: float
    amount: float


class Pace:
    """`per_minute` of something, requests or tokens; None: no limit. Times are of any clock that only grows."""

    def __init__(self, per_minute: float | None) -> None:
        self._limit = per_minute
        self._shares: deque[Share] = deque()

    def reserve(self, amount: float, now: float) -> Share:
        """The next share: its `at` is when it may be used. One that is larger than the limit waits to be alone."""
        if self._limit is None:
            return Share(now, amount)
        share = Share(self._earliest(self._limit, amount, now), amount)
        self._shares.append(share)
        return share

    def _earliest(self, limit: float, amount: float, now: float) -> float:
        while self._shares and self._shares[0].at <= now - WINDOW_S:
            self._shares.popleft()
        at = max(now, self._shares[-1].at if self._shares else now)
        used = sum(share.amount for share in self._shares if share.at > at - WINDOW_S + _ROUNDING_S)
        for share in self._shares:
            if used + amount <= limit:
                break
            if share.at > at - WINDOW_S + _ROUNDING_S:
                at = share.at + WINDOW_S
                used = sum(each.amount for each in self._shares if each.at > at - WINDOW_S + _ROUNDING_S)
        return at
