"""The verb of health: how everything is, at a glance."""

from nacre.core.operations import Call, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.monitoring.health.health import Health, WholeHealth


class NoInput(Call):
    pass


@operation(
    "monitoring.health", "GET /api/monitoring/health", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True
)
def health(health: Health, who: Principal, call: NoInput) -> WholeHealth:
    """Show how everything is that you may see: what is well, what wants a look, what is wrong, and why."""
    return health.whole(who)
