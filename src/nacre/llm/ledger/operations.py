"""The verbs of the ledger: llm usage, audit, trace, feedback, metrics, budgets, and clearing the cache."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.llm.client import Llm
from nacre.llm.ledger.budgets import Period, Subject

_WHERE = "A branch whose calls alone are meant (none: yours by way of Nacre; for admins, all)."
_WHOSE = "A branch whose project it is about (none: everybody in this Nacre)."
Group = Literal["day", "site", "person", "role", "model"]
Outcome = Literal["started", "done", "failed", "cancelled", "lost"]


class ShowUsage(Call):
    ref: Annotated[Ref | None, Field(description=_WHERE)] = None
    days: Annotated[int, Field(ge=1, le=400, description="How many days, today included.")] = 30
    by: list[Group] = Field(
        default=["day", "model"], min_length=1, description="What to sum up by (repeat for several)."
    )


class ListCalls(Call):
    ref: Annotated[Ref | None, Field(description=_WHERE)] = None
    limit: Annotated[int, Cli(short="-n"), Field(ge=1, le=1000, description="How many, newest first.")] = 50
    before: Annotated[str | None, Field(max_length=64, description="Only those before this request.")] = None
    model: Annotated[str | None, Field(description="Only those that this model answered.")] = None
    person: Annotated[str | None, Field(description="Only this person's.")] = None
    role: Annotated[str | None, Field(description="Only this database role's.")] = None
    purpose: Annotated[str | None, Field(description="Only for this purpose, such as chat.")] = None
    outcome: Annotated[Outcome | None, Field(description="Only what came out so.")] = None


class NameCall(Call):
    request_id: Annotated[
        str, Cli(positional=True), Field(min_length=1, max_length=64, description="The request.", examples=["019a"])
    ]
    ref: Annotated[Ref | None, Field(description=_WHERE)] = None


class GiveFeedback(NameCall):
    rating: Annotated[int, Cli(positional=True), Field(ge=-1, le=1, description="1 good, 0 neither, -1 bad.")]
    text: Annotated[str, Private(), Field(max_length=10_000, description="What was good or bad about it.")] = ""


class ListBudgets(Call):
    ref: Annotated[Ref | None, Field(description="A branch whose project's budgets are listed too.")] = None


class NameBudget(Call):
    subject: Annotated[Subject, Field(description="Whom it is about.")] = "everybody"
    name: Annotated[
        str, Field(max_length=200, description="Who or which of them; * for each of them by themselves.")
    ] = ""
    period: Annotated[Period, Field(description="How long it lasts, in UTC.")] = "day"
    ref: Annotated[Ref | None, Field(description=_WHOSE)] = None


class SetBudget(NameBudget):
    usd: Annotated[float, Cli(positional=True), Field(ge=0, le=1_000_000, description="How much, in dollars.")]


class ClearCache(Call):
    ref: Annotated[Ref | None, Field(description=_WHOSE)] = None
    model: Annotated[str | None, Field(description="Only what this model answered.")] = None


class NoInput(Call):
    pass


class UsageShown(Answer):
    """What was not asked to be summed up by is null. `cached` of the `calls` cost nothing."""

    day: str | None = None
    site: str | None = None
    person: str | None = None
    role: str | None = None
    model: str | None = None
    calls: int
    cached: int
    failed: int
    input_tokens: int
    output_tokens: int
    cost_usd: float


class UsageList(RootModel[list[UsageShown]]):
    pass


class CallShown(Answer):
    """`asked` is the name that was asked for, `model` who answered. An outcome of “lost” means that the side-car was
    killed in mid-call: what it may have cost at most is counted. Texts are null where they are not kept, or others'."""

    request_id: str
    at: datetime
    site: str
    database: str
    role: str
    application: str
    person: str | None
    purpose: str
    asked: str
    model: str | None
    outcome: Outcome
    error: str | None
    cache: str | None
    input_tokens: int
    output_tokens: int
    estimated: bool
    cost_usd: float
    first_s: float | None
    seconds: float | None
    redacted: int
    digest: str
    prompt: str | None
    answer: str | None


class CallList(RootModel[list[CallShown]]):
    pass


class FeedbackShown(Answer):
    at: datetime
    who: str
    rating: int
    text: str


class CallTraced(CallShown):
    feedback: list[FeedbackShown]


class FeedbackGiven(Answer):
    request_id: str
    rating: int


class BudgetShown(Answer):
    """`shared`: of this Nacre, not a project's own."""

    subject: Subject
    name: str
    period: Period
    usd: float
    shared: bool


class BudgetSpent(BudgetShown):
    """`spent_usd` is null where each has a budget of their own."""

    spent_usd: float | None


class BudgetList(RootModel[list[BudgetSpent]]):
    pass


class CacheCleared(Answer):
    cleared: int


class Histogram(Answer):
    """How many took up to each of `bounds_s`, and last, how many longer."""

    counts: list[int]
    total_s: float


class ModelMetrics(Answer):
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    cache_hits: dict[str, int]
    errors: dict[str, int]
    bounds_s: list[float]
    latency: Histogram
    first_token: Histogram


class MetricsList(RootModel[list[ModelMetrics]]):
    pass


@operation("llm.usage", "GET /api/llm/usage", role=Role.USER, effect=Effect.READ)
def show_usage(llm: Llm, who: Principal, call: ShowUsage) -> UsageList:
    """Show what language models were used for, and what that cost."""
    return UsageList.model_validate(llm.call(who, "usage", {"days": call.days, "by": call.by}, call.ref))


@operation("llm.audit", "GET /api/llm/calls", role=Role.USER, effect=Effect.READ)
def list_calls(llm: Llm, who: Principal, call: ListCalls) -> CallList:
    """List the calls of language models, newest first: who, which model, what it cost, and what came of it.

    A call is written down before it leaves this machine, outside of any transaction: no rollback takes it back.
    """
    args = call.model_dump(mode="json", exclude={"ref"}, exclude_none=True)
    return CallList.model_validate(llm.call(who, "audit", args, call.ref))


@operation("llm.trace", "GET /api/llm/calls/{request_id}", role=Role.USER, effect=Effect.READ)
def trace_call(llm: Llm, who: Principal, call: NameCall) -> CallTraced:
    """Show all that is known of one call of a language model."""
    return CallTraced.model_validate(llm.call(who, "trace", {"request_id": call.request_id}, call.ref))


@operation("llm.feedback", "POST /api/llm/calls/{request_id}/feedback", role=Role.USER, effect=Effect.WRITE)
def give_feedback(llm: Llm, who: Principal, call: GiveFeedback) -> FeedbackGiven:
    """Say whether an answer was any good."""
    args = {"request_id": call.request_id, "rating": call.rating, "text": call.text}
    return FeedbackGiven.model_validate(llm.call(who, "feedback", args, call.ref))


@operation("llm.budget.list", "GET /api/llm/budgets", role=Role.USER, effect=Effect.READ)
def list_budgets(llm: Llm, who: Principal, call: ListBudgets) -> BudgetList:
    """List what may be spent on language models, and how much of it is."""
    return BudgetList.model_validate(llm.call(who, "budgets", {}, call.ref))


@operation("llm.budget.set", "PUT /api/llm/budgets", role=Role.ADMIN, effect=Effect.WRITE)
def set_budget(llm: Llm, who: Principal, call: SetBudget) -> BudgetShown:
    """Set what may be spent on language models in a day or month: by everybody, a person, a role or a branch.

    A call that may cost more than is left is refused before it leaves. Models without a price cost nothing.
    """
    args = call.model_dump(mode="json", exclude={"ref"})
    return BudgetShown.model_validate(llm.call(who, "set_budget", args, call.ref))


@operation("llm.budget.remove", "DELETE /api/llm/budgets", role=Role.ADMIN, effect=Effect.WRITE)
def remove_budget(llm: Llm, who: Principal, call: NameBudget) -> BudgetShown:
    """Remove a budget, so that it limits nobody any more."""
    args = call.model_dump(mode="json", exclude={"ref"})
    return BudgetShown.model_validate(llm.call(who, "remove_budget", args, call.ref))


@operation("llm.cache.clear", "DELETE /api/llm/cache", role=Role.ADMIN, effect=Effect.WRITE)
def clear_cache(llm: Llm, who: Principal, call: ClearCache) -> CacheCleared:
    """Forget answers that were given before, so that what they were given to is asked again."""
    return CacheCleared.model_validate(llm.call(who, "cache_clear", {"model": call.model}, call.ref))


@operation("llm.metrics", "GET /api/llm/metrics", role=Role.ADMIN, effect=Effect.READ)
def show_metrics(llm: Llm, who: Principal, call: NoInput) -> MetricsList:
    """Show counters per model since the side-car began: calls, tokens, latency, errors, and what the cache answered."""
    return MetricsList.model_validate(llm.call(who, "metrics", {}))
