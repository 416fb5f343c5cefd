"""A process that adds documents until it is killed: `python -m tests.integration.knowledge.filler DATABASE at-once`,
or `… queued FIRST`, where each document says in which round it was sent, from FIRST on."""

import sys
from itertools import count
from pathlib import Path

from tests.integration.knowledge.conftest import ANN, Library
from tests.words import Words

from nacre.knowledge.ingestion.ingestion import Item
from nacre.knowledge.preparing import New

DIFFERENT = 40


def names(number: int) -> list[str]:
    return [f"{(number * 3 + each) % DIFFERENT}" for each in range(3)]


def text(number: int, name: str) -> str:
    return f"round{number} word{name}"


def at_once(library: Library) -> None:
    for number in count():
        news = [New(name, text(number, name), {}, [number + 1.0, float(name)]) for name in names(number)]
        library.adding.add(ANN, "killed", news)
        print(number, flush=True)


def queued(library: Library, first: int) -> None:
    for number in count(first):
        library.ingestion.enqueue(ANN, "killed", [Item(name, text(number, name)) for name in names(number)])
        print(number, flush=True)


if __name__ == "__main__":
    library = Library.on(Path(sys.argv[1]), embedder=Words(2))
    match sys.argv[2:]:
        case ["at-once"]:
            at_once(library)
        case ["queued", first]:
            queued(library, int(first))
