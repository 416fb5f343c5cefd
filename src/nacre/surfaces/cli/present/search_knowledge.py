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
    if explained:
        timing = explained["timing"]
        console.print(
            f"({counted(explained['passages'], 'passage')} searched: {explained['vector_found']} found by meaning, "
            f"{explained['text_found']} by words, in {duration(timing['total_s'])}, "
            f"{duration(timing['embed_s'])} of it for the vector of the query)"
        )


def _found(record: dict[str, Any]) -> str:
    legs = [("meaning", record["vector_rank"]), ("words", record["text_rank"])]
    similar = record["similarity_score"]
    ranks = ", ".join(f"{rank}. by {leg}" for leg, rank in legs if rank is not None)
    return ranks if similar is None else f"{ranks}, similarity {similar:.3f}"
