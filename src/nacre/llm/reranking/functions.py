"""The functions of reranking, for the daemon."""

from pydantic import Field

from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.functions import Args, Json, function
from nacre.llm.models.reach import RERANKERS
from nacre.llm.reranking.by_model import scores_by_model

_BY_MODEL_S = 30.0
_BY_PLUGIN_S = 15.0


class RerankArgs(Args):
    """`name` is a plugin's, or "model", or "model:" and which one."""

    name: str = Field(max_length=200)
    query: str = Field(max_length=10_000)
    passages: list[str] = Field(max_length=200)


class RerankersArgs(Args):
    pass


@function("rerank")
async def rerank(desk: Desk, caller: Caller, args: RerankArgs) -> Json:
    """→ a score for each passage, in their order; raises "model-not-found" (LM012) for what is not there"""
    kind, _, which = args.name.partition(":")
    if kind in RERANKERS:
        return await scores_by_model(desk, caller, args.query, args.passages, which or None, _BY_MODEL_S)
    return await desk.reach.rerankers.scores(args.name, args.query, args.passages, _BY_PLUGIN_S)


@function("rerankers")
async def rerankers(desk: Desk, _caller: Caller, _args: RerankersArgs) -> Json:
    """→ [{"name", "source", "fault"}, …]"""
    own = [{"name": name, "source": "nacre", "fault": ""} for name in sorted(RERANKERS)]
    plugged = desk.reach.rerankers.plugins
    return own + [{"name": each.name, "source": each.source, "fault": each.fault} for each in plugged]
