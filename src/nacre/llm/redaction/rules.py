"""Rules of redaction: what each kind looks like, and what becomes of a text that holds it. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from nacre.core.errors import InvalidInput, NotAllowed
from nacre.llm.bounded import TooSlow, at_most

Kind = Literal["email", "phone", "id-number", "credit-card", "iban", "key", "regex"]
Action = Literal["replace", "refuse"]
_LONGEST_PATTERN = 500
_REGEX_S = 0.2
_REGEX_S_PER_CHARACTER = 1e-6
"""What a pattern of people's own may take: some can take years for a line, and all wait meanwhile."""


@dataclass(frozen=True)
class Rule:
    """`pattern` is told for the kind regex alone. `scope`: whose prompts it is about."""

    scope: str
    name: str
    kind: Kind
    pattern: str | None
    action: Action


def check(rule: Rule) -> Rule:
    """Raises InvalidInput "llm-bad-arguments" (LM014) where a pattern is missing, superfluous or none."""
    if (rule.kind == "regex") is not (rule.pattern is not None):
        raise InvalidInput(
            "llm-bad-arguments",
            "A rule of the kind regex needs a pattern, and no other has one.",
            hint=f"Kinds that need none: {', '.join(kind for kind in get_args(Kind) if kind != 'regex')}.",
        )
    if rule.pattern is not None:
        try:
            compiled = re.compile(rule.pattern)
        except re.error as error:
            raise InvalidInput(
                "llm-bad-arguments", f"“{rule.pattern}” is no regular expression: {error}.", hint="As in Python's re."
            ) from None
        if compiled.match("") or len(rule.pattern) > _LONGEST_PATTERN:
            raise InvalidInput(
                "llm-bad-arguments",
                f"“{rule.pattern[:80]}” matches nothing at all, or has more than {_LONGEST_PATTERN} characters.",
                hint="Write a pattern that always takes a character, such as [A-Z]{3}-[0-9]+.",
            )
    return rule


class Redaction:
    """The rules that hold for one prompt. What is replaced alike is numbered alike, in all its texts."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._known: dict[tuple[str, str], str] = {}
        self.found = 0
        """How often something was replaced."""

    def all(self, texts: Sequence[str]) -> list[str]:
        """The texts without what may not leave. Raises NotAllowed "redacted" (LM018) where a rule refuses."""
        return [self._one(text) for text in texts]

    def refuse(self, texts: Iterable[str]) -> None:
        """Of what goes along with a prompt and cannot be replaced, such as a schema. Raises as `all`."""
        before = self.found
        for text in texts:
            if self._one(text) != text or self.found != before:
                raise NotAllowed(
                    "redacted",
                    "The options or the schema hold what must not leave this machine, and nothing is replaced in them.",
                    hint="Leave it out; in the prompt itself it would be replaced.",
                )

    def _one(self, text: str) -> str:
        for rule in self._rules:
            if rule.kind != "regex":
                text = self._without(rule, text)
                continue
            if rule in _too_slow:
                raise _slow(rule)
            try:
                with at_most(_REGEX_S + _REGEX_S_PER_CHARACTER * len(text)):
                    text = self._without(rule, text)
            except TooSlow:
                _too_slow.add(rule)
                raise _slow(rule) from None
        return text

    def _without(self, rule: Rule, text: str) -> str:
        pattern, holds = _pattern(rule)
        return pattern.sub(lambda match: self._instead(rule, holds, match[0]), text)

    def _instead(self, rule: Rule, holds: Callable[[str], bool], found: str) -> str:
        if not holds(found):
            return found
        if rule.action == "refuse":
            raise NotAllowed(
                "redacted",
                f"The prompt holds what must not leave this machine: the rule “{rule.name}” ({rule.kind}) found it.",
                hint="Leave it out, ask a model on this machine, or let an admin change the rule.",
            )
        self.found += 1
        count = sum(name == rule.name for name, _ in self._known)
        return self._known.setdefault((rule.name, found), f"[{rule.name} {count + 1}]")


_too_slow: set[Rule] = set()
"""Rules that were ended once: nobody waits for them again, until there is another pattern in their place."""


def _slow(rule: Rule) -> NotAllowed:
    return NotAllowed(
        "redacted",
        f"The pattern of the rule “{rule.name}” takes too long, so nobody knows what it would find.",
        hint="An admin should write it otherwise: no repetition within a repetition, as (a+)+.",
    )


def strings_in(value: object) -> Iterator[str]:
    """All texts in a value of JSON, names of fields included."""
    match value:
        case str():
            yield value
        case Mapping():
            for name, each in value.items():
                yield str(name)
                yield from strings_in(each)
        case list() | tuple():
            for each in value:
                yield from strings_in(each)


def _pattern(rule: Rule) -> tuple[re.Pattern[str], Callable[[str], bool]]:
    if rule.kind == "regex":
        assert rule.pattern is not None
        return re.compile(rule.pattern), _always
    return _KINDS[rule.kind]


def _always(_found: str) -> bool:
    return True


def luhn(digits: str) -> bool:
    """The check of card numbers: ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed([int(each) for each in digits if each.isdigit()])):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def mod97(iban: str) -> bool:
    """The check of IBANs: ISO 7064, MOD 97-10."""
    plain = "".join(iban.split()).upper()
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


def resident_id(number: str) -> bool:
    """The check digit of Chinese resident numbers (GB 11643-1999); other numbers of persons have none, and count."""
    if len(number) != 18:
        return True
    weighed = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(number[:17]))
    return "10X98765432"[weighed % 11] == number[17].upper()


def _phone(found: str) -> bool:
    return 8 <= sum(letter.isdigit() for letter in found) <= 15  # E.164 allows 15; fewer than 8 is any number


_KINDS: dict[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "email": (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), _always),
    "phone": (
        re.compile(r"(?<![\w.-])(?:\+\d{1,3}[ -]?(?:\(\d{1,5}\)[ -]?)?\d[\d -]{5,16}\d|1[3-9]\d{9}|"
                   r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|0\d{1,4}[ /-]\d{4,10})(?!\w)"), _phone,
    ),
    "id-number": (re.compile(r"(?<![0-9A-Za-z])(?:[1-9]\d{16}[0-9Xx]|\d{3}-\d{2}-\d{4})(?![0-9A-Za-z])"), resident_id),
    "credit-card": (re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)"), luhn),
    "iban": (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), mod97),
    "key": (
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{1,8000}?-----END [A-Z ]{0,30}PRIVATE KEY-----"
            r"|\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,200}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}"
            r"|\bgithub_pat_\w{22,}|\bxox[abeprs]-[\w-]{10,}|\bAIza[\w-]{35}|\bglpat-[\w-]{20,}"
            r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+"
        ), _always,
    ),
}  # fmt: skip
