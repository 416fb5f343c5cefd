"""A process that adds documents until it is killed: `python -m tests.integration.knowledge.filler DATABASE`."""

import sys
from itertools import count
from pathlib import Path

from tests.integration.knowledge.conftest import ANN, Library

from nacre.knowledge.preparing import New

if __name__ == "__main__":
    library = Library.on(Path(sys.argv[1]))
    for number in count():
        names = [f"{(number * 3 + each) % 40}" for each in range(3)]
        library.adding.add(
            ANN, "killed", [New(name, f"round{number} word{name}", {}, [number + 1.0, float(name)]) for name in names]
        )
        print(number, flush=True)
