"""What the verbs of previews ask for."""

from nacre.core.names import Ref
from nacre.core.principals import Principal
from nacre.previews.previews import Previews
from nacre.previews.running import KEY
from nacre.previews.status import PlanShown, PreviewStatus
from nacre.workspaces.acting import acting_for
from nacre.workspaces.logs import Logs, ProcessLog


class Desk:
    """Called from worker threads. The caller has the role that the operation needs in the branch's project."""

    def __init__(self, previews: Previews, logs: Logs) -> None:
        self._previews = previews
        self._logs = logs

    def start(self, who: Principal, ref: Ref) -> PreviewStatus:
        return self._previews.start(acting_for(who, None, ref), ref)

    def restart(self, who: Principal, ref: Ref) -> PreviewStatus:
        return self._previews.restart(acting_for(who, None, ref), ref)

    def stop(self, ref: Ref) -> PreviewStatus:
        return self._previews.stop(ref)

    def status(self, ref: Ref) -> PreviewStatus:
        return self._previews.status(ref)

    def all(self, who: Principal) -> list[PreviewStatus]:
        return [one for one in self._previews.all() if who.may_enter(one.ref)]

    def plan(self, ref: Ref) -> PlanShown:
        return self._previews.plan(ref)

    def log(self, ref: Ref, tail_bytes: int) -> ProcessLog:
        return self._logs.read(self._previews.runner(ref), ref, KEY, tail_bytes)[0]

    def follow(self, ref: Ref, tail_bytes: int) -> None:
        self._logs.follow(self._previews.runner(ref), ref, KEY, tail_bytes)
