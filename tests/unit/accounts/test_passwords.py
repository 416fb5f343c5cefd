"""Passwords: which are too weak, and that checking one takes the same work whoever it is for."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.accounts.passwords import LONGEST, SHORTEST, Passwords, check_strength
from nacre.core.errors import InvalidInput

Refused = Callable[..., None]


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords()


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "123456789",
        "aaaaaaaaaaaa",
        "abababababab",
        "password123",
        "PassWord123",
        "1234567890",
        "annabelle.smith",
        "AnnabelleSmith!",
        "annabellesmith2026",
        "annabellesmithannabellesmith",
        "x" * (LONGEST + 1),
    ],
)
def test_what_is_tried_first_is_refused(password: str, refused_with: Refused) -> None:
    refused_with("weak-password", check_strength, password, "ann", "Annabelle Smith")


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "ann likes the sea", "Ürgüp 1994, Göreme", "一二三四五六七八九十", "x7$kQ2!mPz"],
)
def test_length_is_enough(password: str) -> None:
    check_strength(password, "ann", "Annabelle Smith")


@given(st.text(max_size=SHORTEST - 1))
def test_nothing_short_passes(password: str) -> None:
    with pytest.raises(InvalidInput):
        check_strength(password, "ann")


def test_a_hash_matches_its_password_alone(passwords: Passwords) -> None:
    kept = passwords.hash("correct horse battery")
    assert kept.startswith("$argon2id$")
    assert passwords.matches(kept, "correct horse battery")
    assert not passwords.matches(kept, "correct horse batterz")
    assert not passwords.matches(kept, "")
    assert not passwords.is_outdated(kept)


def test_the_same_letters_from_another_keyboard_match(passwords: Passwords) -> None:
    assert passwords.matches(passwords.hash("Cafe\u0301 Go\u0308reme"), "Caf\u00e9 G\u00f6reme")


def test_without_a_hash_nothing_matches(passwords: Passwords) -> None:
    for kept in (None, "", "$argon2id$nonsense"):
        assert not passwords.matches(kept, "correct horse battery")
        assert not passwords.matches(kept, "")
