"""`nacre workspace logs`, for people: the text as it is, under the name of its process where there are several."""

from typing import Any

from rich.console import Console


def present(answer: dict[str, Any], console: Console) -> None:
    logs = answer["logs"]
    for log in logs:
        if len(logs) > 1:
            console.out(f"==> {log['process']} <==", highlight=False)
        console.file.write(log["text"])
