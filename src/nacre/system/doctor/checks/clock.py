"""The machine's clock: moments of history are told by it."""

from datetime import UTC, datetime

from nacre.core.settings import Settings
from nacre.system.doctor.check import Check, Verdict, fail, ok

_RELEASED = datetime(2026, 1, 1, tzinfo=UTC)
_TOLERANCE_S = 5.0


class Clock(Check):
    title = "Clock"

    def look(self, settings: Settings) -> Verdict:
        now = datetime.now(UTC)
        advice = "Set the clock and keep it set: timedatectl set-ntp true."
        if now < _RELEASED:
            return fail(f"It says {now:%Y-%m-%d %H:%M} UTC, before Nacre was written.", "", advice)
        latest = max((path.stat().st_mtime for path in settings.home.glob("*.db*")), default=now.timestamp())
        behind_s = latest - now.timestamp()
        if behind_s > _TOLERANCE_S:
            return fail(
                f"It is at least {behind_s:.0f} s behind what was written here before.",
                "Moments would mean something else than when they were recorded: a rewind could land elsewhere.",
                advice,
            )
        return ok(f"{now:%Y-%m-%d %H:%M:%S} UTC, not behind anything written here")
