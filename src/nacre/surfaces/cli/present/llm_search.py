"""`nacre llm search`, for people: each hit with its row and how it was found, or why there is none."""

import json
from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import counted, duration

_NOTHING = {
    "no rows": "The table has no rows with text yet.",
    "filling": "Its vectors are still being made: try again in a moment.",
    "paused": "The vectorizer is paused, and has no vectors yet: `nacre llm vectorizer resume`.",
    "waiting": "The vectorizer waits for its model, and has no vectors yet: `nacre llm vectorizer list` says why.",
    "broken": "The vectorizer is broken: `nacre llm vectorizer list` says why.",
    "no match": "Nothing matches.",
}


def present(answer: dict[str, Any], console: Console) -> None:
    for place, hit in enumerate(answer["hits"], 1):
        key = json.dumps(hit["key"], ensure_ascii=False)
        console.print(Text(f"{place}  {key}  {_found(hit)}", style="bold"), soft_wrap=True)
        console.print(Text(f"   {hit['chunk']}"), soft_wrap=True)
    if answer["nothing"] is not None:
        console.print(Text(_NOTHING[answer["nothing"]]))
    took = f"{duration(answer['seconds'])}, {duration(answer['embed_s'])} of it for the vector of the query"
    console.print(Text(f"({counted(len(answer['hits']), 'hit')}, {took})"))


def _found(hit: dict[str, Any]) -> str:
    legs = [("meaning", hit["vector_rank"]), ("words", hit["text_rank"])]
    return ", ".join(f"{rank}. by {leg}" for leg, rank in legs if rank is not None)
