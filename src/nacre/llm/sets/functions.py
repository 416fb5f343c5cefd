"""The functions on sets of texts that SQL calls: arrays go in and come back in their order, nulls as nulls."""

from typing import Any, cast

from pydantic import Field

from nacre.core.errors import InvalidInput
from nacre.llm.bounded import TooSlow, at_most
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.functions import Args, Json, function
from nacre.llm.sets.estimating import Calls, estimate
from nacre.llm.sets.judging import Question, judge
from nacre.llm.sets.summing import summarize

_BEST = 10
_READ_WITHIN_S = 1.0
"""What a plan may take: it may come from anybody, and all others wait meanwhile."""


class _Texts(Args):
    texts: list[str | None] = Field(max_length=100_000)
    model: str | None = None


class ClassifyArgs(_Texts):
    labels: list[str] = Field(min_length=1, max_length=200)
    instruction: str = ""


class ExtractArgs(_Texts):
    json_schema: dict[str, Any] = Field(alias="schema")
    instruction: str = ""


class FilterArgs(_Texts):
    condition: str = Field(min_length=1)


class RankArgs(_Texts):
    query: str = Field(min_length=1)


class TranslateArgs(_Texts):
    language: str = Field(min_length=1)


class SummarizeArgs(_Texts):
    instruction: str = ""


class EstimateArgs(Args):
    """`plan` as EXPLAIN (VERBOSE, FORMAT JSON) gives it; `lengths` of columns: characters and bytes on average."""

    plan: list[dict[str, Any]]
    lengths: dict[str, tuple[float, float]] = Field(default={})
    model: str | None = None


@function("classify")
async def classify(desk: Desk, caller: Caller, args: ClassifyArgs) -> Json:
    """→ for each text the one of the labels that fits it best"""
    listed = ", ".join(f"“{label}”" for label in args.labels)
    instruction = f"Say which one of these labels fits each item best: {listed}. {args.instruction}".strip()
    return await judge(desk, caller, Question("classify", instruction, {"enum": args.labels}, args.model), args.texts)


@function("extract")
async def extract(desk: Desk, caller: Caller, args: ExtractArgs) -> Json:
    """→ for each text a value that follows the schema"""
    instruction = f"Extract from each item what the schema asks for, and nothing that is not in it. {args.instruction}"
    question = Question("extract", instruction.strip(), args.json_schema, args.model)
    return await judge(desk, caller, question, args.texts)


@function("filter")
async def filter_texts(desk: Desk, caller: Caller, args: FilterArgs) -> Json:
    """→ for each text whether it meets the condition"""
    instruction = f"Say of each item whether this holds for it, true or false: {args.condition}"
    return await judge(desk, caller, Question("filter", instruction, {"type": "boolean"}, args.model), args.texts)


@function("translate")
async def translate(desk: Desk, caller: Caller, args: TranslateArgs) -> Json:
    """→ each text in the language"""
    instruction = f"Translate each item into {args.language}, with its line breaks and its tone."
    return await judge(desk, caller, Question("translate", instruction, {"type": "string"}, args.model), args.texts)


@function("rank")
async def rank(desk: Desk, caller: Caller, args: RankArgs) -> Json:
    """→ [{"item": number from 1, "judge_score": 0 to 10}, …], the best first; nulls are left out

    The score is what the model says of each text by itself, so it does not depend on the others; it is no probability.
    """
    instruction = f"Say how well each item answers this, from 0 (not at all) to {_BEST} (fully): {args.query}"
    schema = {"type": "number", "minimum": 0, "maximum": _BEST}
    scores = await judge(desk, caller, Question("rank", instruction, schema, args.model), args.texts)
    judged = [{"item": number, "judge_score": score} for number, score in enumerate(scores, 1) if score is not None]
    return sorted(judged, key=lambda each: -cast(float, each["judge_score"]))


@function("summarize")
async def summarize_texts(desk: Desk, caller: Caller, args: SummarizeArgs) -> Json:
    """→ one summary of all texts, null where there is none"""
    texts = [text for text in args.texts if text and text.strip()]
    return await summarize(desk, caller, texts, args.instruction, args.model) if texts else None


@function("estimate")
async def estimate_query(desk: Desk, caller: Caller, args: EstimateArgs) -> Json:
    """→ [{"function", "calls", "input_tokens", "output_tokens", "cost_usd", "priced_as"}, …]"""
    try:
        with at_most(_READ_WITHIN_S):
            found = estimate(args.plan[0]["Plan"], args.lengths)
    except TooSlow:
        raise InvalidInput(
            "llm-bad-arguments", "To read this plan takes too long.", hint="Estimate a simpler query."
        ) from None
    return [_priced(desk, caller, calls, args.model) for calls in found]


def _priced(desk: Desk, caller: Caller, calls: Calls, model: str | None) -> Json:
    found = desk.models.find(caller.scope, None if calls.embeds else model, "embedding" if calls.embeds else "chat")
    tiers = desk.models.tiers(caller.scope, found)
    cost = max(one.cost(calls.input_tokens, calls.output_tokens) for tier in tiers for one in tier)
    return {
        "function": calls.function,
        "calls": calls.calls,
        "input_tokens": calls.input_tokens,
        "output_tokens": calls.output_tokens,
        "cost_usd": cost / 1e9,
        "priced_as": found.name,
    }
