"""Reads off a plan of PostgreSQL how often models would be called, and with how much text. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_CALL = re.compile(r"\bllm\.(\w+)\(|\bllm_private\.call\('(\w+)'::text, ")
"""As it was written, or as what PostgreSQL put in place of it."""

_COLUMN = re.compile(r'(?<![\w$.:"])(?:"(?:[^"]|"")+"|[\w$]+)(?:\.(?:"(?:[^"]|"")+"|[\w$]+))?')
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_ASKED_BEFORE_ROWS = ("Filter", "Join Filter", "One-Time Filter")
_STREAMING = ("Seq Scan", "Index Scan", "Subquery Scan", "Result", "Nested Loop", "Append", "ProjectSet", "Gather")
_WIDE_PER_TOKEN = 1.5
_LETTERS_PER_TOKEN = 4.0

ANSWERS: Mapping[str, int | None] = {
    "chat": 250,
    "chat_json": 200,
    "classify": 20,
    "extract": 120,
    "filter": 12,
    "rank": 12,
    "summarize": 220,
    "summarize_agg": 220,
    "translate": None,
    "embed": 0,
    "embed_query": 0,
    "search": 0,
}
"""Tokens that an answer usually has; None: as many as what is asked. Other functions of llm ask no model by row."""

_FRAME = 60
"""Tokens of instructions around the text of a call."""

_EMBEDDING = ("embed", "embed_query", "search")
_GATHERED = ("summarize_agg(", "array_agg(", "array_append(")


@dataclass(frozen=True)
class Calls:
    """What a function would be called for in a query."""

    function: str
    calls: int
    input_tokens: int
    output_tokens: int

    @property
    def embeds(self) -> bool:
        return self.function in _EMBEDDING


def estimate(plan: Mapping[str, Any], lengths: Mapping[str, Sequence[float]]) -> list[Calls]:
    """The calls of each function, from an EXPLAIN (VERBOSE, FORMAT JSON).

    `lengths` gives for columns, as the plan writes them, how many characters and bytes they have on average. A call
    that a node above shows again is that of the node below, and counted once.
    """
    found: dict[str, Calls] = {}
    seen: set[str] = set()
    for node in _deepest_first(plan, 1.0, None, lengths):
        for expression, rows in node.expressions():
            for function, arguments in _calls(expression):
                whole = f"{function}({arguments})"
                if function not in ANSWERS or whole in seen:
                    continue
                seen.add(whole)
                texts = node.rows_gathered if any(word in f"{function}({arguments}" for word in _GATHERED) else rows
                tokens = rows * _FRAME + texts * _tokens(arguments, lengths)
                answers = ANSWERS[function]
                said = tokens if answers is None else rows * answers
                before = found.get(function, Calls(function, 0, 0, 0))
                found[function] = Calls(
                    function,
                    before.calls + round(rows),
                    before.input_tokens + round(tokens),
                    before.output_tokens + round(said),
                )
    return sorted(found.values(), key=lambda calls: calls.function)


@dataclass(frozen=True)
class _Node:
    """`rows` leave it in all of its turns, `rows_below` come into it, `rows_gathered` lie furthest below."""

    plan: Mapping[str, Any]
    rows: float
    rows_below: float
    rows_gathered: float
    turns: float

    def expressions(self) -> Iterator[tuple[str, float]]:
        for name, value in self.plan.items():
            for expression in value if isinstance(value, list) else [value]:
                if isinstance(expression, str):
                    yield expression, self._asked(name)

    def _asked(self, where: str) -> float:
        """How often what stands there is asked."""
        if where == "Function Call":
            return self.turns
        if where in _ASKED_BEFORE_ROWS or self.plan.get("Node Type") == "ProjectSet":
            return self.rows_below
        return self.rows


def _deepest_first(
    plan: Mapping[str, Any], turns: float, limit: float | None, lengths: Mapping[str, Sequence[float]]
) -> Iterator[_Node]:
    kind, whole = plan.get("Node Type"), float(plan.get("Plan Rows", 0))
    rows = whole if limit is None else min(whole, limit)
    children = plan.get("Plans", [])
    below = gathered = float(lengths.get(f"rows of {plan.get('Alias')}", (0.0,))[0])
    for child in children:
        role, size = child.get("Parent Relationship"), float(child.get("Plan Rows", 0))
        times = turns
        if role == "Inner" and kind == "Nested Loop":
            times *= max(1.0, float(children[0].get("Plan Rows", 1)))
        elif role == "SubPlan":
            times *= max(1.0, rows)
        passed = rows if kind == "Limit" else limit if kind in _STREAMING else None
        for node in _deepest_first(child, times, passed, lengths):
            gathered = max(gathered, node.rows, node.rows_below)
            yield node
        if role in ("Outer", "Inner", "Member", "Subquery"):
            below = max(below, size)
    share = rows / whole if whole else 1.0
    below = below * share if below > 0 else rows
    yield _Node(plan, rows * turns, below * turns, max(gathered, rows), turns)


def _calls(expression: str) -> Iterator[tuple[str, str]]:
    """Each function of llm with the text of its arguments, inner ones too."""
    for found in _CALL.finditer(expression):
        if expression.count("'", 0, found.start()) % 2:
            continue  # in a text
        depth, quoted = 1, False
        for at in range(found.end(), len(expression)):
            letter = expression[at]
            if letter == "'":
                quoted = not quoted
            elif not quoted and letter in "()":
                depth += 1 if letter == "(" else -1
                if depth == 0:
                    yield found[1] or found[2], expression[found.end() : at]
                    break


def _tokens(arguments: str, lengths: Mapping[str, Sequence[float]]) -> float:
    """What one call is told: its literals as they are, its columns at their average; an inner call as it answers."""
    literals = sum(len(found[1]) for found in _LITERAL.finditer(arguments)) / _LETTERS_PER_TOKEN
    plain = _LITERAL.sub("''", arguments)
    inner = sum(ANSWERS.get(function) or 0 for function, _ in _calls(plain))
    return literals + inner + sum(_of_column(lengths[name]) for name in _COLUMN.findall(plain) if name in lengths)


def _of_column(length: Sequence[float]) -> float:
    characters, size = length
    wide = max(0.0, (size - characters) / 2)  # of Chinese and its like, three bytes are one character
    return max(0.0, characters - wide) / _LETTERS_PER_TOKEN + wide / _WIDE_PER_TOKEN
