"""The verb of sets: llm estimate."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.llm.inside import Inside

_ESTIMATE = "SELECT function, calls, input_tokens, output_tokens, cost_usd::float8, priced_as FROM llm.estimate(%s, %s)"


class Estimate(Call):
    ref: Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
    query: Annotated[str, Cli(positional=True), Private(), Field(min_length=1, description="One SQL statement.")]
    model: Annotated[str | None, Field(description="The model whose prices count (none: the default).")] = None


class Estimated(Answer):
    """What one function would be called for: `calls` by Postgres's estimate of rows, tokens by a sample of texts."""

    function: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    priced_as: str


class EstimateList(RootModel[list[Estimated]]):
    pass


@operation("llm.estimate", "POST /api/projects/{ref}/estimate", role=Role.USER, effect=Effect.READ)
def estimate(inside: Inside, who: Principal, call: Estimate) -> EstimateList:
    """Tell what a query with functions of llm would ask of models, and cost; it is not run, and no model is asked."""
    return EstimateList.model_validate(inside.rows(call.ref, _ESTIMATE, [call.query, call.model]))
