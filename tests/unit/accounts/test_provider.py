"""Which settings name an OpenID provider, and which are refused before anybody is sent there."""

from collections.abc import Callable

import pytest

from nacre.accounts.openid import provider_of

Refused = Callable[..., None]


def test_without_an_issuer_there_is_none() -> None:
    assert provider_of("", "", None, "OpenID", "", "") is None


def test_lists_are_read_as_people_write_them() -> None:
    provider = provider_of(
        "https://id.example", "nacre", None, "Example", " Ann@Example.org ,,", "@example.org, B.example"
    )
    assert provider is not None
    assert provider.admins == {"ann@example.org"}
    assert provider.domains == {"example.org", "b.example"}
    assert provider.client_secret is None


@pytest.mark.parametrize(
    "issuer", ["id.example", "http://id.example", "ftp://id.example", "https://", "http://localhost.evil"]
)
def test_an_issuer_that_could_be_listened_to_is_refused(issuer: str, refused_with: Refused) -> None:
    refused_with("bad-settings", provider_of, issuer, "nacre", None, "Example", "", "")


def test_a_client_must_have_a_name(refused_with: Refused) -> None:
    refused_with("bad-settings", provider_of, "https://id.example", "", None, "Example", "", "")
