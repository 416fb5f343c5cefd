"""Rules in the language of Prometheus. Pure.

A rule means the same there: rates are over the same minutes, and a forecast asks for the same quarter of an hour.
"""

import ast
import re

from nacre.monitoring.alerts.formula import FORECAST_FROM_MS, RATE_OVER_MS, parsed
from nacre.monitoring.alerts.rules import Rule
from nacre.monitoring.exposition import name_of
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.measures.measure import Kind

_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_CLASS = re.compile(r"\[(!?)([^\]]+)\]")


def condition(rule: Rule) -> str:
    """What gives a series for each subject of which the rule holds."""
    return f"{value(rule)} {'>' if rule.above is not None else '<'} {_number(rule.bound)}"


def value(rule: Rule, *matchers: str) -> str:
    """What the rule looks at, of the subjects that it is for; `matchers` narrow them further."""
    kind = KINDS[rule.kind]
    scoped = (f"{kind.label}=~{quoted(_pattern(rule.scope))}",) if kind.label and rule.scope != "*" else ()
    said = _said(parsed(rule.formula), kind, (*matchers, *scoped))
    return said if _measures(rule.formula, kind) else f"vector({said})"


def series(kind: Kind, name: str, *matchers: str) -> str:
    """The numbers of one measure as they stand in /metrics."""
    measure = kind.measures[kind.places[name]]
    chosen = f"{{{','.join(matchers)}}}" if matchers else ""
    return f"{name_of(kind, measure)}{'_total' if measure.counter else ''}{chosen}"


def duration(seconds: float) -> str:
    """As Prometheus writes it, in the largest unit that is whole: 90 → 90s, 900 → 15m."""
    whole_ms = round(seconds * 1000)
    for unit, length_ms in (("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if whole_ms and whole_ms % length_ms == 0:
            return f"{whole_ms // length_ms}{unit}"
    return f"{whole_ms}ms" if whole_ms else "0s"


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _said(tree: ast.expr, kind: Kind, matchers: tuple[str, ...]) -> str:
    match tree:
        case ast.Constant(value=int() | float() as number):
            return _number(number)
        case ast.Name(id=name):
            return series(kind, name, *matchers)
        case ast.UnaryOp(operand=operand):
            return f"(-{_said(operand, kind, matchers)})"
        case ast.BinOp(left=left, op=op, right=right):
            return f"({_said(left, kind, matchers)} {_SIGNS[type(op)]} {_said(right, kind, matchers)})"
        case ast.Call(func=ast.Name(id="rate"), args=[ast.Name(id=name)]):
            return f"rate({series(kind, name, *matchers)}[{duration(RATE_OVER_MS / 1000)}])"
        case ast.Call(args=[ast.Name(id=name), ast.Constant(value=int() as ahead_ms)]):
            past = series(kind, name, *matchers)
            from_, least = duration(FORECAST_FROM_MS / 1000), duration(FORECAST_FROM_MS / 4000)
            return f"(predict_linear({past}[{from_}], {_number(ahead_ms / 1000)}) and {past} offset {least})"
    raise AssertionError(f"a rule that could be read has {ast.dump(tree)}")


def _measures(formula: str, kind: Kind) -> bool:
    """Whether it has any; else it is one number, and not one a subject."""
    return any(isinstance(node, ast.Name) and node.id in kind.places for node in ast.walk(parsed(formula)))


def _number(number: float) -> str:
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))


def _pattern(scope: str) -> str:
    """What * ? and [a-z] stand for, as a regular expression."""
    out, at = "", 0
    while at < len(scope):
        found = _CLASS.match(scope, at)
        if found:
            out += f"[{'^' if found[1] else ''}{found[2].replace(chr(92), chr(92) * 2)}]"
            at = found.end()
            continue
        out += {"*": ".*", "?": "."}.get(scope[at], re.escape(scope[at]))
        at += 1
    return out
