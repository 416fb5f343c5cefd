"""A circuit breaker: a provider that only fails is left alone for a while, then probed by one call."""

FAILURES = 5
QUIET_S = 5.0
FIRST_REST_S = 2.0
LONGEST_REST_S = 120.0


class Breaker:
    """Opens after FAILURES in a row without a success in the last QUIET_S: among many calls at a time, some of which
    succeed, a streak of bad luck is no outage.

    Each failed probe doubles the rest. Times are of any clock that only grows.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._last_success = float("-inf")
        self._rest_s = FIRST_REST_S
        self._open_until: float | None = None
        self._probing = False

    @property
    def state(self) -> str:
        return "closed" if self._open_until is None else "probing" if self._probing else "open"

    def rest_s(self, now: float) -> float:
        """How long it is to be left alone; 0: it may be asked."""
        if self._open_until is None:
            return 0
        if self._probing:
            return max(self._open_until - now, FIRST_REST_S)
        return max(self._open_until - now, 0)

    def begin(self, now: float) -> None:
        """A call is on its way; if the rest is over it is the probe."""
        if self._open_until is not None and now >= self._open_until:
            self._probing = True

    def succeeded(self, now: float) -> None:
        self._failures, self._rest_s = 0, FIRST_REST_S
        self._last_success = now
        self._open_until, self._probing = None, False

    def failed(self, now: float) -> None:
        self._failures += 1
        if self._probing:
            self._rest_s = min(self._rest_s * 2, LONGEST_REST_S)
            self._open(now)
        elif self._open_until is None and self._failures >= FAILURES and now - self._last_success >= QUIET_S:
            self._open(now)

    def abandoned(self) -> None:
        """The call ended without saying anything about the provider: cancelled, or refused for what it asked."""
        self._probing = False

    def _open(self, now: float) -> None:
        self._open_until, self._probing = now + self._rest_s, False
