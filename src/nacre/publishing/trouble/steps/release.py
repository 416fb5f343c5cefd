"""The release: whether one is live, or what keeps the first from it."""

from typing import ClassVar

from nacre.publishing.releases import Release as Published
from nacre.publishing.showing import source_in_words
from nacre.publishing.trouble.case import Case
from nacre.publishing.trouble.step import Step, Verdict, fine, unknown, wrong

_OF_THE_JOB = ("queued", "building")


class Release(Step):
    place: ClassVar[int] = 3

    def look(self, case: Case) -> Verdict:
        app = case.app
        if app.state == "deleting":
            return wrong(
                f"{app.slug} is being deleted.", "Wait until it is gone; `nacre app list` shows it no more then."
            )
        if case.newest is None:
            return wrong(f"Nothing of {app.slug} was published yet.", f"`nacre publish {app.source_ref}` does it.")
        if case.live is None:
            return _none_live(case.newest)
        if app.state == "stopped":
            return wrong(f"{app.slug} was stopped.", f"`nacre app start {app.slug}` starts it.")
        return fine(
            f"Release {case.live.number} serves: {source_in_words(case.live)} of {case.live.branch}, "
            f"by {case.live.who}."
        )


def _none_live(newest: Published) -> Verdict:
    phase = newest.failed_in or newest.phase
    if phase in _OF_THE_JOB:
        return unknown(f"None is live yet: release {newest.number} did not get past {phase}.")
    if newest.ended:
        return wrong(
            f"None is live: release {newest.number} ended while {phase}: {newest.error_message or newest.phase}",
            newest.error_hint or "Publish again.",
        )
    return unknown(f"None is live yet: release {newest.number} is {phase}.")
