"""Wires knowledge: collections in data.db, their vectors in memory, and the side-car that makes vectors of texts."""

import os
from dataclasses import dataclass

from nacre.accounts.standing import standing
from nacre.branches.catalog import Branch
from nacre.core.errors import NotFound
from nacre.core.names import MAIN, Ref
from nacre.knowledge.adding import Adding
from nacre.knowledge.answering import Answering
from nacre.knowledge.arriving import Arriving
from nacre.knowledge.backups import Backups
from nacre.knowledge.checking import Checking
from nacre.knowledge.clearing import Clearing
from nacre.knowledge.collections import Collections
from nacre.knowledge.documents import Documents
from nacre.knowledge.embedding import BySideCar
from nacre.knowledge.exporting import Exporting
from nacre.knowledge.importing import Importing
from nacre.knowledge.ingestion.ingestion import Ingestion
from nacre.knowledge.ingestion.telling import Telling
from nacre.knowledge.kinds import index_of
from nacre.knowledge.recall import Sampler
from nacre.knowledge.reembedding import Reembedding
from nacre.knowledge.reranking import Reranking, SideCarRerankers
from nacre.knowledge.searching import Searching
from nacre.llm.client import Llm
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part


@dataclass(frozen=True)
class Known:
    """`adding` and `ingestion` are the two ways into collections."""

    part: Part
    adding: Adding
    ingestion: Ingestion


def wire_knowledge(ground: Ground, branches: Branches, llm: Llm) -> Known:
    # Searches share the cores themselves (engines/retrieval/matrix.py). numpy reads this when it is first needed.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    index = index_of(ground.store)
    embedder = BySideCar(llm)
    sampler = Sampler()
    clearing = Clearing(ground.store, index)

    def is_project(name: str) -> bool:
        return _is_project(branches, name)

    collections = Collections(ground.store, ground.clock, index, embedder, clearing, is_project)

    def leave(branch: Branch) -> None:
        if branch.ref.branch == MAIN:
            collections.forget_project(branch.ref.project)

    branches.guests.add(leave)
    rerankers = SideCarRerankers(llm)
    arriving = Arriving(ground.store, ground.clock, index, clearing)
    backups = Backups(ground.store, ground.clock, index, ground.spools, arriving, is_project)
    adding = Adding(ground.store, ground.clock, index, embedder, ground.account)
    ingestion = Ingestion.of(adding, ground.settings.home / "knowledge", standing, Telling(ground.store, ground.bus))
    exporting = Exporting(ground.store, ground.clock, index, ground.spools, ground.account)
    importing = Importing(ground.store, ground.clock, index, ground.spools, adding, ingestion, ground.account)
    reembedding = Reembedding(ground.store, ground.clock, index, embedder, clearing, standing, ingestion.line.wake)
    checking = Checking(ground.store, index, embedder)
    searching = Searching(ground.store, index, embedder, sampler)
    part = Part(
        {
            Collections: collections,
            Adding: adding,
            Ingestion: ingestion,
            Checking: checking,
            Backups: backups,
            Exporting: exporting,
            Importing: importing,
            Reembedding: reembedding,
            Documents: Documents(ground.store),
            Searching: searching,
            Reranking: Reranking(searching, rerankers),
            SideCarRerankers: rerankers,
            Answering: Answering(searching, llm),
        },
        start={
            "clear away what was restored in part": arriving.sweep,
            "whether knowledge is whole": checking.at_start,
            "what was deleted of knowledge": clearing.wake,
            "go on adding documents": ingestion.resume_work,
            "go on making vectors of other models": reembedding.wake,
        },
        stop=(sampler.close, reembedding.stop, clearing.stop, ingestion.line.stop),
    )
    return Known(part, adding, ingestion)


def _is_project(branches: Branches, name: str) -> bool:
    try:
        branches.catalog.branch(Ref(name))
    except NotFound:
        return False
    return True
