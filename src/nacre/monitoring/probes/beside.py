"""What is asked of others who may take their time: in a thread beside, waited for a moment only."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """For one thread. While an answer is still to come nothing is asked again."""

    def __init__(self, ask: Callable[[], T], patience_s: float) -> None:
        self._ask = ask
        self._patience_s = patience_s
        self._thread: threading.Thread | None = None
        self._answers: list[T | Exception] = []

    def answer(self) -> T:
        """Raises TimeoutError, and whatever asking raises."""
        if self._thread is None:
            self._answers.clear()
            self._thread = threading.Thread(target=self._run, name="monitoring-beside", daemon=True)
            self._thread.start()
        self._thread.join(self._patience_s)
        if self._thread.is_alive():
            raise TimeoutError(f"there was no answer within {self._patience_s:g} s")
        self._thread = None
        (answer,) = self._answers
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _run(self) -> None:
        try:
            self._answers.append(self._ask())
        except Exception as error:  # it is raised where the answer is asked for
            self._answers.append(error)
