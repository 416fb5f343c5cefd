"""Where console and content are, by settings."""

import pytest

from nacre.core.settings import Settings
from nacre.gateway.site import Site, certified_names, passing_names, without_port


def site(**values) -> Site:
    return Site.of(Settings(home="/h", **values))


def test_without_a_domain_content_is_on_the_next_port():
    here = site()
    assert (here.console, here.content) == ("https://localhost:8420", "https://localhost:8421")
    assert here.content_for("192.0.2.7:8420") == "https://192.0.2.7:8421"
    assert here.console_for("[2001:db8::1]:8421") == "https://[2001:db8::1]:8420"
    assert not here.is_public
    assert certified_names(here) == ["localhost", "127.0.0.1", "::1"]


def test_with_a_domain_content_is_at_names_below_it():
    here = site(domain="Nacre.Acme.org", port=443, host="0.0.0.0")
    assert (here.console, here.content) == ("https://nacre.acme.org", "https://content.nacre.acme.org")
    assert here.ports == (443, 80)
    assert here.is_public


@pytest.mark.parametrize("domain", ["nacre.localhost", "nacre.test", "box.lan", "nacre", "nacre.home.arpa"])
def test_names_of_no_public_authority_are_signed_here(domain):
    assert not site(domain=domain).is_public
    assert certified_names(site(domain=domain)) == [domain, f"*.{domain}"]


def test_listening_everywhere_certifies_the_machines_addresses():
    assert len(certified_names(site(host="0.0.0.0"))) > 3


def test_only_what_the_machine_may_lose_passes():
    everywhere = site(host="0.0.0.0")
    assert passing_names(everywhere) == set(certified_names(everywhere)) - {"localhost", "127.0.0.1", "::1"}
    assert passing_names(site(host="192.0.2.7")) == set()
    assert passing_names(site(domain="acme.example", host="0.0.0.0")) == set()


@pytest.mark.parametrize(
    ("host", "name"),
    [("a:1", "a"), ("a", "a"), ("[::1]:8420", "[::1]"), ("[::1]", "[::1]"), ("::1", "::1"), ("1.2.3.4:80", "1.2.3.4")],
)
def test_a_host_header_without_its_port(host, name):
    assert without_port(host) == name


def test_apps_have_names_below_the_domain_or_on_the_machine_that_is_reached_alone():
    everywhere = site(host="0.0.0.0")
    named = site(domain="nacre.test", host="0.0.0.0")
    assert (site().app_names, everywhere.app_names, named.app_names) == ("localhost", "", "nacre.test")
