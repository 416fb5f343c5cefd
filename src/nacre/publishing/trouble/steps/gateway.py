"""The gateway: whether it runs, is reached with a certificate that holds, and knows where the app is."""

from typing import ClassVar

from nacre.engines.processes.supervisor import State as Kept
from nacre.publishing.trouble.case import Case
from nacre.publishing.trouble.step import Step, Verdict, fine, unknown, wrong


class Gateway(Step):
    place: ClassVar[int] = 2

    def look(self, case: Case) -> Verdict:
        gateway = case.parts.gateway
        if gateway is None:
            return unknown("In mode slim a proxy of yours is the gateway.")
        kept, read = gateway.status(), "`nacre system logs gateway` has what it said, `nacre ports` who listens."
        if kept is None or kept.state is not Kept.RUNNING:
            return wrong(f"The gateway does not run: {gateway.trouble or 'it was not started'}.", read)
        answered = case.by_gateway
        if answered.trouble == "refused":
            return wrong(f"Nobody takes connections at {case.url}: {answered.why}.", read)
        if answered.trouble == "certificate" and case.live is None:
            return fine("The gateway runs. The app's name gets a certificate once a release is started.")
        if answered.trouble == "certificate":
            return wrong(
                f"The certificate for {case.url} does not hold: {answered.why}.", "`nacre doctor` looks at it."
            )
        if case.live is not None and case.app.state == "running" and case.socket is None:
            return wrong(
                f"The gateway knows nothing of {case.app.slug}, though release {case.live.number} is live.",
                f"`nacre app start {case.app.slug}` leads it there again.",
            )
        if answered.trouble == "silent" and case.socket is not None and case.by_socket.is_good:
            return wrong("The gateway runs, and does not answer, though the app does behind it.", read)
        return fine("The gateway runs, and its certificate holds.")
