"""The verbs of knowledge reranker …"""

from pydantic import RootModel

from nacre.core.operations import Call, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.knowledge.reranking import Plugged, SideCarRerankers


class ListRerankers(Call):
    pass


class RerankerList(RootModel[list[Plugged]]):
    """What is part of Nacre first, then plugins by their names."""


@operation("knowledge.reranker.list", "GET /api/knowledge/rerankers", role=Role.VIEWER, effect=Effect.READ)
def list_rerankers(rerankers: SideCarRerankers, who: Principal, call: ListRerankers) -> RerankerList:
    """List what can order passages by how well they answer: a language model, and plugins."""
    return RerankerList(rerankers.listing(who))
