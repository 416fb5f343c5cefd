"""Where a repository is cloned from: what is refused, and that nothing but the address looked at is dialled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput, NotAllowed
from nacre.repositories.origins import located, read_url


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc", "/etc", "ssh://git@example.org/x", "git@example.org:x.git", "ext::sh -c id", "https://", "x",
        "https://example.org", "https://ada:pw@example.org/x.git", "https://example.org:port/x", "ftp://example.org/x",
        "https://exa mple.org/x", "https://example.org/x\n", "--upload-pack=x", "https://-x/y", "http://[::1/x",
    ],
)  # fmt: skip
def test_what_is_no_address_on_the_internet_is_refused(url):
    with pytest.raises(InvalidInput) as refused:
        read_url(url)
    assert refused.value.code == "bad-git-url" and "pw" not in refused.value.message


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1", "::ffff:127.0.0.1", "203.0.113.9", "0.0.0.0"],
)
def test_a_name_that_leads_into_the_house_is_for_admins_only(address):
    origin = read_url("https://example.org/x.git")
    both = lambda host, port: ["198.51.100.7", address]  # noqa: E731
    with pytest.raises(NotAllowed) as refused:
        located(origin, both, ["203.0.113.9"], anywhere=False)
    assert refused.value.code == "private-address"
    assert located(origin, both, ["203.0.113.9"], anywhere=True).address == "198.51.100.7"


def test_the_address_is_fixed_whatever_the_name_says_later():
    plain = located(read_url("http://example.org:8080/a/x.git"), lambda *_: ["198.51.100.7"], [], anywhere=False)
    assert ("http.curloptResolve", "example.org:8080:198.51.100.7") in plain.settings
    assert ("http.followRedirects", "false") in plain.settings and ("protocol.http.allow", "always") in plain.settings
    assert not any(name == "protocol.https.allow" for name, _ in plain.settings)
    own = located(read_url("git://example.org/a/x.git"), lambda *_: ["2001:db8::7"], [], anywhere=True)
    assert own.dialled == "git://[2001:db8::7]:9418/a/x.git"


@given(text=st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        origin = read_url(text)
    except InvalidInput:
        return
    assert origin.scheme in ("https", "http", "git") and origin.host and not origin.url.startswith("-")
