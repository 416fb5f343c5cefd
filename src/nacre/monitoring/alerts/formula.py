"""What a rule looks at, as people write it: numbers of one subject put together.

    connections / connections_most          one by another
    rate(failures)                          growth a second, over the last five minutes
    forecast(disk_free, 24h)                what it will be then if it goes on as in the last hour
    1 - memory_available / memory_total     + - * / and brackets

Pure: it is read once, and asked for its value with what was measured.
"""

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isnan, nan

from nacre.core.errors import InvalidInput
from nacre.monitoring.alerts.units import FormulaUnit, unit_of
from nacre.monitoring.measures.measure import Kind

RATE_OVER_MS = 5 * 60_000
FORECAST_FROM_MS = 60 * 60_000
_LONGEST = 300
_AGE = re.compile(r"(\d{1,6})(s|m|h|d)")
_UNIT_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}

Past = Sequence[tuple[int, float]]
"""Of one measure (time in milliseconds, number), the latest last."""

Known = Callable[[str], Past]
_Value = Callable[[Known], float]


@dataclass(frozen=True)
class Formula:
    """`value` is not a number where one of its measures is not known now. `reach_ms` is how far it looks back."""

    text: str
    value: _Value
    reach_ms: int
    unit: FormulaUnit


def formula(text: str, kind: Kind) -> Formula:
    """Raises InvalidInput "bad-formula"."""
    try:
        tree = parsed(text)
        called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        reach_ms = FORECAST_FROM_MS if "forecast" in called else RATE_OVER_MS if "rate" in called else 0
        return Formula(text, _read(tree, kind, text), reach_ms, unit_of(tree, kind))
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        raise _bad(text, "it cannot be read") from None


def parsed(text: str) -> ast.expr:
    """Its tree, in which ages are milliseconds. What it may hold is for whoever walks it to say."""
    if len(text) > _LONGEST:
        raise _bad(text[:40], "it is too long")
    # 24h is no word of Python's.
    readable = _AGE.sub(lambda age: str(int(age[1]) * _UNIT_MS[age[2]]), text)
    return ast.parse(readable, mode="eval").body


def _read(tree: ast.expr, kind: Kind, text: str) -> _Value:
    match tree:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            constant = float(number)
            return lambda known: constant
        case ast.Name(id=name):
            _check(name, kind, text)
            return lambda known: _latest(known(name))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _read(operand, kind, text)
            return lambda known: -inner(known)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _TOGETHER:
            one, other, put = _read(left, kind, text), _read(right, kind, text), _TOGETHER[type(op)]
            return lambda known: put(one(known), other(known))
        case ast.Call(func=ast.Name(id="rate"), args=[ast.Name(id=name)], keywords=[]):
            _check(name, kind, text)
            return lambda known: _rate(known(name))
        case ast.Call(
            func=ast.Name(id="forecast"), args=[ast.Name(id=name), ast.Constant(value=int() as ahead_ms)], keywords=[]
        ):
            _check(name, kind, text)
            ahead = float(ahead_ms)
            return lambda known: _forecast(known(name), ahead)
    raise _bad(text, "it has something that is no number, measure, rate(…) or forecast(…, 24h)")


def _divided(one: float, other: float) -> float:
    return one / other if other else (nan if not one or isnan(one) else inf)


_TOGETHER: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda one, other: one + other,
    ast.Sub: lambda one, other: one - other,
    ast.Mult: lambda one, other: one * other,
    ast.Div: _divided,
}


def _latest(past: Past) -> float:
    return past[-1][1] if past else nan


def _rate(past: Past) -> float:
    """A counter that was started anew has grown from nothing."""
    some = _last(past, RATE_OVER_MS)
    if len(some) < 2 or some[-1][0] <= some[0][0]:
        return nan
    grown = sum(after if after < before else after - before for (_, before), (_, after) in pairwise(some))
    return grown * 1000 / (some[-1][0] - some[0][0])


def _forecast(past: Past, ahead_ms: float) -> float:
    """By the straight line of least squares; not a number before there is a quarter of an hour to go by."""
    some = _last(past, FORECAST_FROM_MS)
    if len(some) < 3 or some[-1][0] - some[0][0] < FORECAST_FROM_MS // 4:
        return nan
    end = some[-1][0]
    times, numbers = [time - end for time, _ in some], [number for _, number in some]
    middle, level = sum(times) / len(times), sum(numbers) / len(numbers)
    spread = sum((time - middle) ** 2 for time in times)
    slope = sum((time - middle) * (number - level) for time, number in zip(times, numbers, strict=True)) / spread
    return level + slope * (ahead_ms - middle)


def _last(past: Past, for_ms: int) -> list[tuple[int, float]]:
    known = [one for one in past if not isnan(one[1])]
    return [one for one in known if one[0] >= known[-1][0] - for_ms]


def _check(name: str, kind: Kind, text: str) -> None:
    if name not in kind.places:
        raise _bad(text, f"a {kind.name} has no measure “{name}”; there are {', '.join(kind.places)}")


def _bad(text: str, why: str) -> InvalidInput:
    return InvalidInput(
        "bad-formula", f"The formula “{text}” cannot be used: {why}.",
        hint="Write it like connections / connections_most, rate(failures) or forecast(disk_free, 24h).",
    )  # fmt: skip
