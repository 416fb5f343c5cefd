"""Texts and documents that are kept: values that stand apart from their names are hidden in one text as over lines."""

import pytest

from nacre.core.masking.documents import masked_value


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("UPDATE t SET (email, password) = ('a', 'x')", "UPDATE t SET (email, password) = (***"),
        ("Key (email, token)=(a, b) already exists.", "Key (email, token)=(***) already exists."),
        ("INSERT INTO t VALUES (1)", "INSERT INTO t VALUES ***"),
        ("pwd=x", "pwd=***"),
        ("as it is", "as it is"),
    ],
)
def test_a_text_within_a_document(said: str, kept: str) -> None:
    assert masked_value({"said": [said]}) == {"said": [kept]}


def test_what_is_named_a_secret_is_hidden_whatever_it_is() -> None:
    assert masked_value({"api_key": "x", "keys": ["x"], "secret": ["y", 1]}) == {
        "api_key": "***", "keys": ["x"], "secret": ["***", 1],
    }  # fmt: skip
