"""What .gitignore files leave out: a pure reading of their rules, as gitignore(5) has them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One line: `negated` takes back what an earlier one left out, `folders_only` ends with a slash there."""

    pattern: re.Pattern[str]
    negated: bool
    folders_only: bool


def read_rules(text: str) -> tuple[Rule, ...]:
    """The rules of one .gitignore, in order; lines that mean nothing are skipped, as git does."""
    rules = (_rule(line) for line in text.splitlines())
    return tuple(rule for rule in rules if rule is not None)


def is_ignored(path: str, *, folder: bool, layers: Iterable[tuple[str, tuple[Rule, ...]]]) -> bool:
    """Whether a path is left out by the rules of the folders above it, given outermost first as (folder, rules).

    Whoever walks a tree must not look into a folder that is left out: nothing below it can be taken back in.
    """
    ignored = False
    for base, rules in layers:
        below = path[len(base) + 1 :] if base else path
        for rule in rules:
            if (folder or not rule.folders_only) and rule.pattern.fullmatch(below):
                ignored = not rule.negated
    return ignored


def _rule(line: str) -> Rule | None:
    text = line.rstrip("\r")
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    if not text or text.startswith("#"):
        return None
    negated = text.startswith("!")
    text = text.removeprefix("!")
    folders_only = text.endswith("/")
    text = text.rstrip("/")
    if not text:
        return None
    anchored = "/" in text
    body = _translated(text.lstrip("/"))
    try:
        return Rule(re.compile(body if anchored else f"(?:.*/)?{body}", re.DOTALL), negated, folders_only)
    except re.error:
        return None


def _translated(glob: str) -> str:
    """A glob as a regular expression that is matched at once, whatever the name: rules are untrusted, and while one is
    matched nothing else in the daemon goes on.

    Where the same wildcard comes again, the first place that fits what is between them is as good as any other: it is
    kept (an atomic group), and no other is tried.
    """
    parts = [*_parts(glob)]
    comes_again, star, deep = [False] * len(parts), False, False
    for at in reversed(range(len(parts))):
        comes_again[at] = {_STAR: star, _DEEP: deep}.get(parts[at], False)
        star = parts[at] == _STAR or (star and parts[at] not in ("/", _DEEP))
        deep = deep or parts[at] == _DEEP
    out, open_ = "", dict.fromkeys(_FIRST, False)
    for part, again in zip(parts, comes_again, strict=True):
        if part in _FIRST:
            out += ")" * open_[part] + (f"(?>{_FIRST[part]}" if again else part)
            open_[part] = again
        else:
            out += part
    return out


_STAR, _DEEP = "[^/]*", "(?:.*/)?"
_FIRST = {_STAR: "[^/]*?", _DEEP: "(?:.*?/)??"}
"""What stands for any part of a name, and for any folders; each in the form that takes as little as it can."""


def _parts(glob: str) -> Iterator[str]:
    """The wildcards, and one expression for each letter; stars next to each other are one."""
    at = 0
    while at < len(glob):
        if glob.startswith("**/", at) and (at == 0 or glob[at - 1] == "/"):
            part, at = _DEEP, at + 3
        elif glob[at:] == "**" and at and glob[at - 1] == "/":
            part, at = ".+", at + 2
        elif glob[at] == "*":
            while at < len(glob) and glob[at] == "*":
                at += 1
            part = _STAR
        elif glob[at] == "?":
            part, at = "[^/]", at + 1
        elif glob[at] == "[" and (end := glob.find("]", at + 2)) > 0:
            body = glob[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            part, at = "(?!/)[" + ("^" + body[1:] if body[0] in "!^" else body) + "]", end + 1
        elif glob[at] == "\\" and at + 1 < len(glob):
            part, at = re.escape(glob[at + 1]), at + 2
        else:
            part, at = re.escape(glob[at]), at + 1
        yield part
