"""The sandbox: whether the app runs in it, and answers where the gateway asks."""

from typing import ClassVar

from nacre.publishing.trouble.case import Case
from nacre.publishing.trouble.step import Step, Verdict, fine, unknown, wrong


class Sandbox(Step):
    place: ClassVar[int] = 4
    may_lie_in: ClassVar[int] = 1  # an app without its database hangs, ends or answers 500

    def look(self, case: Case) -> Verdict:
        if case.live is None:
            return unknown("Nothing runs, since no release is live.")
        running, slug = case.running, case.app.slug
        logs = f"`nacre app logs {slug}` has all that it wrote; `nacre app rollback {slug}` goes back a release."
        if running.status in ("failing", "starting"):
            trouble = running.trouble or "it has not answered yet"
            return wrong(f"Release {case.live.number} does not come up: {trouble}", logs, running.lines)
        if case.socket is None:
            return unknown("Nothing is dialled for it, so it cannot be asked.")
        answered = case.by_socket
        if answered.is_good:
            ended = f" Earlier: {running.trouble}" if running.trouble else ""
            asleep = "It sleeps until somebody asks, and" if running.status == "asleep" else "It"
            return fine(f"{asleep} answers {answered.status} after {answered.seconds * 1000:.0f} ms.{ended}")
        if answered.status is not None:
            return wrong(
                f"It runs, but answers {answered.status} by itself: the fault is in the app.", logs, running.lines
            )
        trouble = f" {running.trouble}" if running.trouble else ""
        if answered.trouble == "silent":
            return wrong(
                f"It takes requests and does not answer within {answered.seconds:.0f} s.{trouble}", logs, running.lines
            )
        return wrong(f"Nobody answers where it should listen: {answered.why}.{trouble}", logs, running.lines)
