"""Which names may be the domain of an app, and what the gateway finds of them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput
from nacre.core.settings import Settings
from nacre.gateway.domains import Board, checked, in_words
from nacre.gateway.site import Site


def site(**given) -> Site:
    return Site.of(Settings(home=Path("/home/nacre"), **given))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("shop.example.com", "shop.example.com"),
        ("Shop.Example.COM.", "shop.example.com"),
        ("bücher.example.com", "xn--bcher-kva.example.com"),
        ("xn--bcher-kva.example.com", "xn--bcher-kva.example.com"),
        ("straße.de", "xn--strae-oqa.de"),
        ("商店.中国", "xn--czrs0t.xn--fiqs8s"),
    ],
)
def test_a_name_is_kept_as_certificates_have_it(said, name):
    assert checked(said, site()) == name


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("*.example.com", "any number of names"),
        ("https://shop.example.com/", "an address"),
        ("shop.example.com:8443", "an address"),
        ("shop", "two parts or more"),
        ("", "no name"),
        ("192.0.2.7", "an address of a machine"),
        ("a..b.com", "no name that the DNS can hold"),
        ("-shop.example.com", "no name that the DNS can hold"),
        ("sh_op.example.com", "no name that the DNS can hold"),
        ("../../apps.x", "an address"),
        ("nacre.example.org", "Nacre's own"),
        ("shop.nacre.example.org", "Nacre's own"),
        ("shop.test", "no authority certifies names that end in .test"),
    ],
)
def test_what_cannot_be_one_is_refused_with_the_reason(said, why):
    with pytest.raises(InvalidInput) as refused:
        checked(said, site(domain="nacre.example.org"))
    assert refused.value.code == "bad-domain"
    assert why in refused.value.message


def test_no_app_takes_the_name_that_another_one_has_by_itself():
    for where in (site(), site(host="::1")):
        with pytest.raises(InvalidInput):
            checked("shop.localhost", where)


def test_without_a_public_domain_private_names_are_as_good_as_any():
    assert checked("shop.test", site()) == "shop.test"
    assert checked("shop.test", site(domain="nacre.test")) == "shop.test"


@given(st.text(max_size=80))
def test_whatever_is_taken_is_a_name_of_plain_letters_and_stays_itself(said):
    try:
        name = checked(said, site(domain="nacre.example.org"))
    except InvalidInput as refused:
        assert refused.code == "bad-domain"
        return
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert not name.startswith(".")
    assert checked(name, site()) == name
    assert checked(in_words(name), site()) == name


def test_the_board_holds_what_the_store_says(tmp_path):
    board = Board(tmp_path / "domains")
    board.lay_out({"a.example.com": "shop", "b.example.com": "shop"})
    board.put("b.example.com", "blog")
    board.put("c.example.com", "blog")
    assert [board.app(f"{letter}.example.com") for letter in "abcd"] == ["shop", "blog", "blog", None]
    board.lay_out({"b.example.com": "blog"})
    assert [path.name for path in (tmp_path / "domains").iterdir()] == ["b.example.com"]
    assert board.app("..") is None
