"""The verb of following: what is new in monitoring, as it comes."""

from typing import Annotated, get_args

from pydantic import Field

from nacre.core.errors import InvalidInput
from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.sample import Subject
from nacre.monitoring.watching.answers import Watched
from nacre.monitoring.watching.watchers import Part, Wanted, Watchers


class Watch(Call):
    subject: Annotated[
        list[str],
        Cli(positional=True),
        Field(
            max_length=50,
            description="Whose numbers come too: a kind, and its label where there are several.",
            examples=[["host", "cluster shop:main"]],
        ),
    ] = Field(default=[])
    part: Annotated[list[Part], Field(description="Which parts are told.", examples=[["alerts"]])] = Field(
        default=[*get_args(Part)]
    )


@operation(
    "monitoring.watch",
    "GET /api/monitoring/watch",
    role=Role.VIEWER,
    effect=Effect.READ,
    scoped_by_handler=True,
    speaks=True,
)
def watch(watchers: Watchers, who: Principal, call: Watch) -> Watched:
    """Show how everything is and go on with what is new, until you stop: health, alerts, marks, numbers.

    Over HTTP a follower asks for `text/event-stream`, and each `output` event has whole lines, a JSON document each, as
    `last` is here: one after each look (every ten seconds while somebody watches), and at once where something becomes
    of an alert. Without it the answer is how things are now.
    """
    return watchers.follow(who, Wanted(call.part, [_subject(said) for said in call.subject]))


def _subject(said: str) -> Subject:
    """Raises InvalidInput "unknown-kind"."""
    kind, _, label = said.partition(" ")
    if kind not in KINDS:
        raise InvalidInput(
            "unknown-kind", f"Nothing of the kind “{kind}” is measured.", hint=f"There are {', '.join(KINDS)}."
        )
    return Subject(kind, label)
