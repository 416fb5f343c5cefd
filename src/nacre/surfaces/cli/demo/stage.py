"""Where the story happens: each command it shows really runs, is timed, and is kept for the record."""

import time
from typing import Any

from nacre.core.errors import Failed, NacreError
from nacre.surfaces.cli.demo.narration import Narrator
from nacre.surfaces.cli.progress import progress_bar
from nacre.surfaces.client import Client
from nacre.surfaces.verbs import read_manifest


class Stage:
    """`record` lists what was typed, what came back and how long it took (seconds)."""

    def __init__(self, client: Client, narrator: Narrator) -> None:
        self.narrator = narrator
        self.record: list[dict[str, Any]] = []
        self._client = client
        self._verbs = read_manifest()

    def ask(self, operation: str, /, **arguments: Any) -> Any:
        """Call an operation behind the scenes."""
        return self._client.call(self._verbs[operation], arguments)

    def run(self, typed: str, operation: str, /, **arguments: Any) -> Any:
        """Show a command, run it, show its answer. Raises what it is refused with."""
        verb = self._verbs[operation]
        self.narrator.command(typed)
        began = time.monotonic()
        with progress_bar() as on_step:
            answer = self._client.call(verb, arguments, on_step if verb.long else None)
        self.keep(typed, time.monotonic() - began, answer)
        self.narrator.answer(verb, answer)
        return answer

    def run_refused(self, typed: str, operation: str, /, **arguments: Any) -> None:
        """Show a command that is refused, and how. Raises Failed if it is not."""
        self.narrator.command(typed)
        began = time.monotonic()
        try:
            self.ask(operation, **arguments)
        except NacreError as error:
            self.keep(typed, time.monotonic() - began, error.document())
            self.narrator.refusal(error)
            return
        raise Failed("demo-surprised", f"This should have been refused: {typed}")

    def keep(self, typed: str, seconds: float, answer: Any) -> None:
        self.record.append({"command": typed, "seconds": round(seconds, 3), "answer": answer})
