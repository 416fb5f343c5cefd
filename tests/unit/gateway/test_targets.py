"""What addresses on the content origin mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.names import Ref
from nacre.gateway.targets import Bare, Preview, Running, SignedInAddOn, branch_label, target_of

SLUGS = st.from_regex(r"[a-z][a-z0-9-]{0,38}", fullmatch=True)


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("/ws/alice/", Running("alice", "/ws/alice")),
        ("/ws/alice/src/main.ts?t=1", Running("alice", "/ws/alice")),
        ("/ws/alice", Bare("/ws/alice/")),
        ("/ws/alice?a=/b", Bare("/ws/alice/?a=/b")),
        ("/p/shop/try-x/", Preview((Ref("shop", "try-x"),), "/p/shop/try-x")),
        ("/code/", SignedInAddOn("code", "/code")),
        ("/jupyter/lab", SignedInAddOn("jupyter", "/jupyter")),
    ],
)
def test_a_path_names_what_it_shows(uri, target):
    assert target_of("localhost:8421", uri, "") == target


@pytest.mark.parametrize(
    "uri",
    ["/", "", "/ws/", "/ws/Alice/", "/ws/../etc/", "/ws/%2e%2e/", "/ws//alice/", "//ws/alice/", "/p/shop/", "/apps/x/",
     "/coder/", "/ws\\alice/", "*", "/ws/alice\0/"],
)  # fmt: skip
def test_anything_else_names_nothing(uri):
    assert target_of("localhost:8421", uri, "") is None


def test_below_a_domain_the_name_is_the_branch_and_the_path_its_own():
    assert target_of("try-x--shop.nacre.test", "/ws/alice/", "nacre.test") == Preview((Ref("shop", "try-x"),), "")
    assert target_of("content.nacre.test:8443", "/ws/alice/", "nacre.test") == Running("alice", "/ws/alice")
    assert target_of("evil.example", "/ws/alice/", "nacre.test") is None
    assert target_of("shop.nacre.test", "/", "nacre.test") is None


@given(SLUGS, SLUGS)
def test_the_name_of_a_branch_leads_back_to_it(project, branch):
    target = target_of(f"{branch_label(Ref(project, branch))}.nacre.test", "/", "nacre.test")
    assert isinstance(target, Preview)
    assert Ref(project, branch) in target.refs
