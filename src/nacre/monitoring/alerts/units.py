"""In what the value of a formula is counted, so that people are told it as they read numbers. Pure."""

import ast
from typing import Literal

from nacre.monitoring.measures.measure import Kind

FormulaUnit = Literal["", "bytes", "seconds", "percent", "share", "per second", "bytes per second"]

_A_SECOND: dict[FormulaUnit, FormulaUnit] = {"": "per second", "bytes": "bytes per second", "seconds": "share"}


def unit_of(tree: ast.expr, kind: Kind) -> FormulaUnit:
    """Of one that was read; empty where it is a plain number, or where what is put together is not alike."""
    match tree:
        case ast.Name(id=name):
            return kind.measures[kind.places[name]].unit
        case ast.Call(func=ast.Name(id="rate"), args=[measure]):
            return _A_SECOND.get(unit_of(measure, kind), "")
        case ast.Call(args=[measure, *_]):
            return unit_of(measure, kind)
        case ast.UnaryOp(operand=operand):
            return unit_of(operand, kind)
        case ast.BinOp(left=left, op=op, right=right):
            return _together(left, op, right, kind)
    return ""


def _together(left: ast.expr, op: ast.operator, right: ast.expr, kind: Kind) -> FormulaUnit:
    """A number without a unit takes that of what it is added to; what is divided by its like is a share."""
    one, other = unit_of(left, kind), unit_of(right, kind)
    if isinstance(op, ast.Div):
        return "" if _is_number(left) or _is_number(right) else "share" if one == other else ""
    if isinstance(op, ast.Mult):
        return ""
    if one == other or _is_number(right):
        return one
    return other if _is_number(left) else ""


def _is_number(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Constant)


def told(value: float, unit: FormulaUnit) -> str:
    """A number as people read it: 0.034 of a share is 3.4 %, 3e9 bytes are 3 GB."""
    match unit:
        case "share":
            return f"{value * 100:.3g} %"
        case "percent":
            return f"{value:.3g} %"
        case "bytes" | "bytes per second":
            return f"{_scaled(value, _SIZES)}{'/s' if unit == 'bytes per second' else ''}"
        case "seconds":
            return _scaled(value, _TIMES)
        case "per second":
            return f"{value:.3g}/s"
    return f"{value:.6g}"


_SIZES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))
_TIMES = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"))


def _scaled(value: float, sizes: tuple[tuple[float, str], ...]) -> str:
    size, name = next((one for one in sizes if abs(value) >= one[0]), sizes[-1])
    return f"{value / size:.3g} {name}"
