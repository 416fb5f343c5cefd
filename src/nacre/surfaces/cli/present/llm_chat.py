"""`nacre llm chat`, for people: the answer has been written as it came; below it, what it took."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.models import dollars
from nacre.surfaces.cli.present.units import counted, duration


def present(answer: dict[str, Any], console: Console) -> None:
    facts = [
        answer["model"],
        "from the cache" if answer["cached"] else duration(answer["seconds"]),
        f"{counted(answer['input_tokens'], 'token')} in, {answer['output_tokens']:,} out",
        dollars(answer["cost_usd"]),
        *(["cut off at the limit of tokens"] if answer["finish"] == "length" else []),
        answer["request_id"],
    ]
    console.print(Text("\n" + " · ".join(facts), "dim"), soft_wrap=True)
