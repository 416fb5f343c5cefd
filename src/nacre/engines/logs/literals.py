"""What every text that a regular expression matches certainly contains."""

import re

_PLAIN = re.compile(r"[^\\^$.|?*+()\[\]{}]|\\[^\w\s\\]")
_QUANTIFIER = re.compile(r"[?*+]|\{")
_BRACKETS = re.compile(r"\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]")


def literals(pattern: str) -> list[str]:
    """Runs of characters outside of groups, classes, choices and repetitions. Rather none than a wrong one."""
    if "|" in pattern or "\\Q" in pattern or "\\\\" in pattern or "(?" in pattern:
        return []
    runs, run, depth, at = [], "", 0, 0
    while at < len(pattern):
        plain = _PLAIN.match(pattern, at)
        if plain and not _QUANTIFIER.match(pattern, plain.end()):
            run += "" if depth else plain[0][-1]
            at = plain.end()
            continue
        runs.append(run)
        run = ""
        if plain:
            at = plain.end()
        elif pattern[at] == "[":
            brackets = _BRACKETS.match(pattern, at)
            if not brackets:
                return []
            at = brackets.end()
        elif pattern[at] == "{":
            at = pattern.find("}", at) + 1 or len(pattern)
        elif pattern[at] == "\\":
            if pattern[at + 1 : at + 2] not in "bBdDsSwW":
                return []
            at += 2
        else:
            depth += {"(": 1, ")": -1}.get(pattern[at], 0)
            at += 1
    return [run for run in (*runs, run) if run]
