"""What nodes said last of what they run, and which of them are not heard of any more."""

import time

from nacre.runtime.afar.messages import AppReport, Report

_LOST_AFTER_S = 10.0


class Reports:
    """Written by the daemon's loop, read by any thread."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[Report, float]] = {}

    def hear(self, node: str, report: Report) -> None:
        self._heard[node] = (report, time.monotonic())

    def is_lost(self, node: str) -> bool:
        return time.monotonic() - self._heard.get(node, (None, float("-inf")))[1] > _LOST_AFTER_S

    def last(self, node: str) -> Report | None:
        """What a node said last, as long as it is heard of."""
        return None if self.is_lost(node) else self._heard[node][0]

    def of(self, node: str, app: str) -> AppReport | None:
        """What a node that was heard of said of an app."""
        return next((one for one in self._heard[node][0].apps if one.app == app), None)
