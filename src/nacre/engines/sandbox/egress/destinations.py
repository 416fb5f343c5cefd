"""Which addresses nobody inside shall reach, and which names an allow-list lets through."""

import ipaddress
from collections.abc import Iterable

FORBIDDEN = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
)  # fmt: skip
"""IPv4: this host, private, carrier's, link-local (clouds keep a machine's credentials there), protocol assignments,
benchmarks, multicast, reserved: RFC 6890. Loopback leads nowhere but inside."""

_FORBIDDEN_V4 = tuple(ipaddress.IPv4Network(network) for network in (*FORBIDDEN, "127.0.0.0/8"))
# Loopback and unspecified, NAT64 (may lead to any of the above), discard, 6to4, unique local, link-local, multicast.
_FORBIDDEN_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "::/127",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2002::/16",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
    )
)


def may_be_reached(address: str, own: Iterable[str]) -> bool:
    """Whether a connection may go to this address, `own` being those of this machine. False for what is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if str(parsed) in own:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return not any(parsed in network for network in _FORBIDDEN_V4)
    return not any(parsed in network for network in _FORBIDDEN_V6)


def is_listed(host: str, hosts: Iterable[str]) -> bool:
    """Whether an allow-list names this host: itself, or by `*.` and a name above it."""
    name = host.rstrip(".").lower()
    for entry in hosts:
        entry = entry.rstrip(".").lower()
        if name == entry or (entry.startswith("*.") and name.endswith(entry[1:]) and name != entry[2:]):
            return True
    return False
