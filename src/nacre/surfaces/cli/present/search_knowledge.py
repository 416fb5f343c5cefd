"""`nacre knowledge search`, for people: each passage with where it stands and how it was found."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import counted, duration

_NOTHING = {
    "empty": "There is nothing in it yet.",
    "filter": "The filter leaves no document.",
    "words": "No word of it is in any passage.",
    "none alike": "Nothing is alike.",
}


def present(answer: dict[str, Any], console: Console) -> None:
    for place, record in enumerate(answer["records"], 1):
        console.print(Text(f"{place}  {record['citation']}  {_found(record)}", style="bold"), soft_wrap=True)
        console.print(Text(f"   {record['passage']}"), soft_wrap=True)
    explained = answer["explain"]
    if not answer["records"]:
        console.print(_NOTHING[explained["nothing"]] if explained else "Nothing is found: --explain says why.")
    if answer["note"]:
        console.print(answer["note"], style="yellow", markup=False)
    if explained:
        timing = explained["timing"]
        console.print(
            f"({counted(explained['passages'], 'passage')} searched: {explained['vector_found']} found by meaning, "
            f"{explained['text_found']} by words, in {duration(timing['total_s'])}, "
            f"{duration(timing['embed_s'])} of it for the vector of the query)"
        )
        absent = [word["word"] for word in explained["words"] if not word["found"]]
        if absent:
            console.print(Text(f"No passage has: {', '.join(absent)}"))
        for one in explained["expected"]:
            console.print(Text(f"{one['record']['citation']}: {_stands(one)}"), soft_wrap=True)


def _stands(expected: dict[str, Any]) -> str:
    if expected["kept_out"]:
        return "the filter keeps it out"
    place = "not handed on" if expected["place"] is None else f"place {expected['place']}"
    return ", ".join(filter(None, [place, _found(expected["record"])]))


def _found(record: dict[str, Any]) -> str:
    legs = [("meaning", record["vector_rank"]), ("words", record["text_rank"])]
    told = [f"{rank}. by {leg}" for leg, rank in legs if rank is not None]
    scores = [("similarity", record["similarity_score"]), ("reranked at", record["rerank_score"])]
    return ", ".join(told + [f"{name} {score:.3f}" for name, score in scores if score is not None])
