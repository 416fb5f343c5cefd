"""What the process that sends messages may not do, whatever an address asks of it: read files, or ask for credentials.

Apprise takes files into a message that the address names (`template=`, `keyfile=`), and anything may be a host. With it
whoever may add a channel would read what Nacre reads, or ask a cloud's metadata service, which trusts the machine.
"""

import ipaddress
import socket
from typing import Any

_LOCAL = tuple(
    map(
        ipaddress.ip_network,
        (
            "169.254.0.0/16", "fe80::/10", "fd00:ec2::/64", "fd20:ce::254/128",
            "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
        ),
    )
)  # fmt: skip
"""Where machines are told their own credentials: all clouds, Amazon and Google by IPv6, Alibaba, Azure, Oracle."""


def keep_in_bounds() -> None:
    """For all of this process, and for good."""
    from apprise.manager_attachment import AttachmentManager

    files: Any = AttachmentManager()  # type: ignore[no-untyped-call]
    files.remove(*list(files.schemas()))
    look_up = socket.getaddrinfo

    def looked_up(*asked: Any, **how: Any) -> Any:
        found = look_up(*asked, **how)
        if any(is_out_of_bounds(str(address[0])) for *_, address in found):
            raise OSError(f"{asked[0]} is no place for messages")
        return found

    socket.getaddrinfo = looked_up


def is_out_of_bounds(address: str) -> bool:
    """Of an IP address, as it is looked up."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    plain = getattr(ip, "ipv4_mapped", None) or ip
    return any(plain in network for network in _LOCAL if network.version == plain.version)
