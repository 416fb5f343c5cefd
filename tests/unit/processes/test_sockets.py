"""Who listens, as the kernel tells it."""

import ipaddress
import os
import socket
import sys

from hypothesis import given
from hypothesis import strategies as st

from nacre.engines.processes.sockets import address_of, holders, listening


@given(st.ip_addresses())
def test_an_address_is_read_as_the_kernel_writes_it(address):
    raw = address.packed
    words = [raw[at : at + 4] for at in range(0, len(raw), 4)]
    written = "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
    assert ipaddress.ip_address(address_of(written)) == address


def test_what_listens_is_found_with_the_process_that_holds_it(tmp_path):
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix, socket.socket() as quiet:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        unix.bind(str(tmp_path / "s"))
        unix.listen()
        quiet.bind(("127.0.0.1", 0))
        found = {str(one): one for one in listening()}
        at = f"127.0.0.1:{tcp.getsockname()[1]}"
        assert found[at].is_loopback
        assert holders([os.getpid()])[found[at].inode] == os.getpid()
        assert found[str(tmp_path / "s")].protocol == "unix"
        assert f"127.0.0.1:{quiet.getsockname()[1]}" not in found, "bound is not listening"
    assert at not in {str(one) for one in listening()}
