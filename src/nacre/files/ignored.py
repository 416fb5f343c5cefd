"""What .gitignore files leave out: a pure reading of their rules, as gitignore(5) has them."""

import re
from collections.abc import Iterable
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
    """A glob as a regular expression; stars next to each other are one, so that matching stays quick."""
    out, at = "", 0
    while at < len(glob):
        if glob.startswith("**/", at) and (at == 0 or glob[at - 1] == "/"):
            out, at = out + "(?:.*/)?", at + 3
        elif glob[at:] == "**" and at and glob[at - 1] == "/":
            out, at = out + ".+", at + 2
        elif glob[at] == "*":
            while at < len(glob) and glob[at] == "*":
                at += 1
            out += "[^/]*"
        elif glob[at] == "?":
            out, at = out + "[^/]", at + 1
        elif glob[at] == "[" and (end := glob.find("]", at + 2)) > 0:
            body = glob[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            out, at = out + "(?!/)[" + ("^" + body[1:] if body[0] in "!^" else body) + "]", end + 1
        elif glob[at] == "\\" and at + 1 < len(glob):
            out, at = out + re.escape(glob[at + 1]), at + 2
        else:
            out, at = out + re.escape(glob[at]), at + 1
    return out
