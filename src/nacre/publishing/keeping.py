"""Which images stay: those that apps serve, those under way, and of each app those of its last five releases."""

from nacre.publishing.apps import Apps
from nacre.publishing.releases import Release, Releases

KEPT = 5


class Keeping:
    """A nacre.images.images.Keeper."""

    def __init__(self, apps: Apps, releases: Releases) -> None:
        self._apps = apps
        self._releases = releases

    def __call__(self) -> set[str]:
        found: set[str] = set()
        for app in self._apps.every():
            found |= kept(self._releases.of(app), app.release)
        return found


def kept(newest_first: list[Release], serving: int | None) -> set[str]:
    """The digests of an app that stay."""
    live = [one.digest for one in newest_first if one.phase == "live" and one.digest]
    last = list(dict.fromkeys(live))[:KEPT]
    needed = [one.digest for one in newest_first if one.digest and (one.number == serving or not one.ended)]
    return {*last, *needed}
