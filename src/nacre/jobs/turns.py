"""Whose turn it is: the order in which waiting jobs are offered to a runner. Pure rules."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """The first waiting job of an app of which none runs.

    `project_served` and `app_served` are the fences of the last claims of its project and its app (0: none yet): they
    grow with every claim, so the lower one waited longer.
    """

    id: int
    app: str
    project: str
    priority: int
    project_served: int
    app_served: int


def in_turn(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Higher priorities first; within one, the project served longest ago, of it the app, then the oldest job.

    So projects take turns, and within one its apps: fifty jobs of one keep another waiting for one job at most.
    """
    return sorted(candidates, key=lambda each: (-each.priority, each.project_served, each.app_served, each.id))
