"""The verb that gives out what other products need to watch this Nacre."""

from typing import Annotated

from pydantic import Field

from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.monitoring.export.alertmanager import check_hook
from nacre.monitoring.export.exporter import Exported, Exporter, Product, Wish


class Export(Call):
    product: Annotated[Product, Cli(positional=True), Field(description="For which product.")]
    every: Annotated[int, Field(ge=1, le=3600, description="How often it asks for numbers, in seconds.")] = 30
    token_file: Annotated[
        str | None,
        Field(
            max_length=500,
            description="The file in which it finds a token, there; empty: it sends none. Without it: nacre.token "
            "beside the configuration, or none where the setting metrics_from lets addresses in.",
        ),
    ] = None
    alertmanager: Annotated[
        str, Field(pattern=r"^[\w.:\[\]-]+$", max_length=300, description="Where Alertmanager listens.")
    ] = "localhost:9093"
    hook: Annotated[
        str,
        Field(
            max_length=1000,
            description="A web hook that Alertmanager tells; empty: none.",
        ),
    ] = ""


@operation("monitoring.export", "GET /api/monitoring/export/{product}", role=Role.ADMIN, effect=Effect.READ)
def export(exporter: Exporter, who: Principal, call: Export) -> Exported:
    """Give out the configuration, rules or dashboards with which another product watches this Nacre.

    They are made of what is measured and of the rules as they are now: export again when those have changed.
    """
    if call.hook:
        check_hook(call.hook)
    return exporter.export(call.product, Wish(call.every, call.token_file, call.alertmanager, call.hook))
