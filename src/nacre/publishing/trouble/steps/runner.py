"""The runners: whether somebody takes builds, and whether whoever has this one is still heard of."""

from typing import ClassVar

from nacre.jobs.jobs import node_of
from nacre.jobs.states import State
from nacre.publishing.trouble.case import Case
from nacre.publishing.trouble.step import Step, Verdict, fine, unknown, wrong


class Runner(Step):
    place: ClassVar[int] = 7

    def look(self, case: Case) -> Verdict:
        nodes = [node for node in case.parts.nodes.all() if "runner" in node.roles]
        ready = [node.name for node in nodes if node.state == "ready"]
        job_id = case.newest.job_id if case.newest else None
        job = None if job_id is None else case.parts.jobs.get(job_id)
        if job is not None and job.state is State.RUNNING and job.runner is not None:
            return self._at_work(job.runner, ready)
        if not ready:
            states = ", ".join(f"{node.name} is {node.state}" for node in nodes) or "no node has that role"
            said = f"Nobody takes builds: {states}."
            advice = "`nacre node drain NAME --off` lets a node take work again, `nacre node add NAME` joins another."
            waits = job is not None and not job.state.final
            return wrong(said, advice) if waits else unknown(f"{said} The next publish would wait.", advice)
        return fine(f"Builds are taken by {', '.join(ready)}.")

    def _at_work(self, runner: str, ready: list[str]) -> Verdict:
        if node_of(runner) in ready:
            return fine(f"{runner} is at work on it.")
        return unknown(
            f"{runner} has the build, and was not heard of for a minute.",
            "When its lease runs out another runner takes the build; `nacre node list` shows them.",
        )
