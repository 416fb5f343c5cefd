"""Where previews are reached, by port and by name."""

from pathlib import Path

from nacre.core.names import Ref
from nacre.core.settings import Settings
from nacre.previews.addresses import Addresses

TRY = Ref("shop", "try-x")


def test_by_port_each_has_a_path():
    addresses = Addresses(Settings(home=Path("/h"), mode="full", port=8420))
    assert addresses.url(TRY) == "https://localhost:8421/p/shop/try-x/"
    assert addresses.told(TRY).base == "/p/shop/try-x/"
    assert addresses.canonical(TRY) == "/p/shop/try-x"


def test_by_name_each_has_a_name_and_no_base():
    addresses = Addresses(Settings(home=Path("/h"), mode="full", port=443, domain="nacre.test"))
    assert addresses.url(TRY) == "https://try-x--shop.nacre.test/"
    assert (addresses.told(TRY).base, addresses.told(TRY).hosts) == ("/", (".nacre.test",))
    assert addresses.canonical(TRY) == "https://try-x--shop.nacre.test"


def test_without_a_gateway_there_is_no_address():
    assert Addresses(Settings(home=Path("/h"), mode="slim")).url(TRY) is None
