"""What a database was taught: questions with the SQL that answers them, and facts about its data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nacre.llm.asking.guard.resolved import Connection

_LEARNED = "SELECT id, kind, said, sql, digest, embedding FROM llm.learned ORDER BY id LIMIT 5000"


@dataclass(frozen=True)
class Learned:
    """`sql` is None for a fact; `likeness` to the question is the cosine of their embeddings."""

    id: int
    said: str
    sql: str | None
    likeness: float


async def recall(
    connection: Connection, digest: str, vector: Sequence[float], examples: int = 5, facts: int = 12
) -> tuple[Learned, ...]:
    """Examples and facts that are most like a question, best first. Those embedded by another model are left out."""
    found = []
    for number, kind, said, sql, model, embedding in await (await connection.execute(_LEARNED)).fetchall():
        if model == digest:
            found.append((kind, Learned(number, said, sql, _cosine(vector, embedding))))
    found.sort(key=lambda each: -each[1].likeness)
    kept = [each for kind, each in found if kind == "example"][:examples]
    return (*kept, *[each for kind, each in found if kind == "fact"][:facts])


def _cosine(a: Sequence[float], b: Sequence[float]) -> float:
    length = math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(x * x for x in b))
    return sum(x * y for x, y in zip(a, b, strict=True)) / length if length else 0.0
