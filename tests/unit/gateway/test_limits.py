"""How often an unknown address may ask."""

from nacre.gateway.limits import Limits


def test_a_burst_is_let_through_and_then_some_each_second():
    now = 0.0
    limits = Limits(burst=3, per_s=1, now=lambda: now)
    assert [limits.take("192.0.2.1") for _ in range(4)] == [True, True, True, False]
    now = 2.5
    assert [limits.take("192.0.2.1") for _ in range(3)] == [True, True, False]
    now = 1000.0
    assert [limits.take("192.0.2.1") for _ in range(4)] == [True, True, True, False]


def test_addresses_do_not_share_but_an_ipv6_network_does():
    limits = Limits(burst=1, per_s=0, now=lambda: 0.0)
    assert limits.take("192.0.2.1") and limits.take("192.0.2.2") and limits.take("2001:db8::1")
    assert not limits.take("2001:db8::ffff:1")
    assert limits.take("2001:db8:0:1::1")


def test_memory_is_bounded():
    limits = Limits(burst=1, per_s=0, now=lambda: 0.0)
    for number in range(10_050):
        limits.take(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(limits._buckets) == 10_000
