"""Redaction: what each kind finds and leaves alone, and what becomes of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput, NotAllowed
from nacre.llm.redaction.rules import Action, Kind, Redaction, Rule, check

FOUND: list[tuple[Kind, str]] = [
    ("email", "ann.b+c@example.co.uk"),
    ("phone", "+49 30 1234567"),
    ("phone", "13912345678"),
    ("phone", "(212) 555-0123"),
    ("id-number", "11010519491231002X"),
    ("id-number", "078-05-1120"),
    ("credit-card", "4111 1111 1111 1111"),
    ("credit-card", "378282246310005"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("key", "sk-proj-abcdefghijklmnop1234"),
    ("key", "AKIAIOSFODNN7EXAMPLE"),
    ("key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"),
]
LEFT: list[tuple[Kind, str]] = [
    ("email", "meet @ noon"),
    ("phone", "version 1.2.3, 42 apples, 2026-11-28"),
    ("id-number", "110105194912310021"),
    ("credit-card", "4111 1111 1111 1112"),
    ("iban", "DE88 3704 0044 0532 0130 00"),
    ("key", "task-force sk-short"),
]


def rule(kind: Kind, action: Action = "replace", pattern: str | None = None) -> Rule:
    return Rule("shop", kind, kind, pattern, action)


@pytest.mark.parametrize(("kind", "text"), FOUND)
def test_each_kind_is_found_wherever_it_stands(kind: Kind, text: str) -> None:
    redaction = Redaction([rule(kind)])
    assert redaction.all([f"see {text}, then", text]) == [f"see [{kind} 1], then", f"[{kind} 1]"]
    assert redaction.found == 2
    with pytest.raises(NotAllowed) as refused:
        Redaction([rule(kind, "refuse")]).all([f"see {text}"])
    assert refused.value.code == "redacted"
    assert text not in refused.value.message, "an error is no way out either"


@pytest.mark.parametrize(("kind", "text"), LEFT)
def test_what_only_looks_like_it_is_left_alone(kind: Kind, text: str) -> None:
    assert Redaction([rule(kind)]).all([text]) == [text]


@given(st.text(), st.lists(st.emails(), max_size=3), st.text())
def test_nothing_that_a_rule_finds_is_left(before: str, mails: list[str], after: str) -> None:
    own = rule("regex", pattern=r"[A-Z]{3}-[0-9]{2,}")
    text = " ".join([before, *mails, "ABC-123", after])
    (told,) = Redaction([rule("email"), own]).all([text])
    assert not re.search(r"[A-Z]{3}-[0-9]{2,}", told)
    assert "[regex 1]" in told
    assert Redaction([rule("email"), own]).all([told])[0].count("@") == told.count("@")


@pytest.mark.parametrize(
    "wrong", [rule("regex"), rule("email", pattern="x"), rule("regex", pattern="("), rule("regex", pattern="a*")]
)
def test_a_rule_that_cannot_work_is_refused(wrong: Rule) -> None:
    with pytest.raises(InvalidInput):
        check(wrong)
