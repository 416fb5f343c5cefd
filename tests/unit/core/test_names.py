"""Names of projects and branches: one way to write them, and nothing else gets through."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from nacre.core.errors import InvalidInput
from nacre.core.names import MAIN, Ref, check_slug

Refused = Callable[..., None]
slugs = st.from_regex(r"[a-z][a-z0-9-]{0,38}", fullmatch=True)
adapter = TypeAdapter(Ref)
PATTERN = adapter.json_schema()["pattern"]


class Named(BaseModel):
    ref: Ref


@given(slugs, slugs)
def test_every_ref_printed_parses_back(project: str, branch: str) -> None:
    ref = Ref(project, branch)
    assert Ref.parse(str(ref)) == ref
    assert Named.model_validate_json(Named(ref=ref).model_dump_json()).ref == ref


@given(slugs)
def test_a_project_alone_is_its_main_branch(project: str) -> None:
    assert Ref.parse(project) == Ref.parse(f"{project}:{MAIN}") == Ref(project, MAIN)
    assert str(Ref(project)) == project


@pytest.mark.parametrize(
    "text",
    ["", ":", "shop:", ":try", "shop:a:b", "Shop", "1shop", "-shop", "sh op", "shop\n", "../shop", "shöp", "a" * 40],
)
def test_what_cannot_be_a_name_is_refused(text: str, refused_with: Refused) -> None:
    refused_with("bad-name", Ref.parse, text)
    refused_with("bad-name", adapter.validate_python, text)


def test_the_longest_name_has_39_letters() -> None:
    assert check_slug("a" * 39, "project") == "a" * 39


@given(st.text("abz09-:A /.\n", max_size=45))
def test_the_published_pattern_accepts_exactly_what_is_parsed(text: str) -> None:
    try:
        Ref.parse(text)
        parses = True
    except InvalidInput:
        parses = False
    assert parses == bool(re.fullmatch(PATTERN.removesuffix("$"), text))
