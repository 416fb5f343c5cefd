"""A request, really made: what a visitor sees now."""

from typing import ClassVar

from nacre.publishing.trouble.asking import Answered
from nacre.publishing.trouble.case import Case
from nacre.publishing.trouble.step import Step, Verdict, fine, unknown, wrong

_SHOWN = {
    "no-app": "the gateway knows no such app",
    "stopped": "the gateway says that it was stopped",
    "silent": "the gateway reaches nobody behind this address",
    "restarting": "the gateway does not reach the daemon",
    "starting": "it is starting",
    "failed": "the gateway could not pass the request on",
}


class Request(Step):
    place: ClassVar[int] = 1
    may_lie_in: ClassVar[int] = 99  # a symptom, whatever the cause

    def look(self, case: Case) -> Verdict:
        if case.url is None or case.parts.gateway is None:
            return unknown("In mode slim there is no gateway to ask; a proxy of yours leads to the app.")
        answered = case.by_gateway
        if answered.is_good:
            return fine(f"GET {case.url} answers {answered.status} after {answered.seconds * 1000:.0f} ms.")
        return wrong(f"GET {case.url}: {_in_words(answered)}.", "The steps below look for the cause.")


def _in_words(answered: Answered) -> str:
    if answered.shown:
        return f"{answered.status}, {_SHOWN.get(answered.shown, answered.shown)}"
    if answered.status is not None:
        return f"the app itself answers {answered.status}"
    match answered.trouble:
        case "silent":
            return f"no answer within {answered.seconds:.0f} s"
        case "certificate":
            return f"the certificate does not hold ({answered.why})"
        case "garbage":
            return f"what is answered is no HTTP ({answered.why})"
    return f"nobody takes the connection ({answered.why})"
