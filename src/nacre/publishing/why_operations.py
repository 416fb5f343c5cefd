"""The verb of the trouble map: app why."""

from nacre.core.operations import Call, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.publishing.fields import AppField
from nacre.publishing.trouble.walk import Trouble, Why


class AskWhy(Call):
    app: AppField


@operation(
    "app.why", "GET /api/apps/{app}/why", role=Role.VIEWER, effect=Effect.READ, verb="why", long=True,
    scoped_by_handler=True,
)  # fmt: skip
def ask_why(trouble: Trouble, who: Principal, call: AskWhy) -> Why:
    """Say why an app does not answer, or was not published: walk the path of a request, and tell where it stops.

    A request is really made through the gateway, so an app that sleeps wakes. Then come the gateway, the release, the
    sandbox, the database, the build, the runners and git; behind the first that is wrong nothing is looked at.
    """
    return trouble.why(who, call.app)
