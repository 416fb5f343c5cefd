"""The rules of sandboxes that need no sandbox: destinations, control groups, the filter, command lines."""

import errno
import ipaddress
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.engines.sandbox import cgroups, network, seccomp
from nacre.engines.sandbox.disk import Watch
from nacre.engines.sandbox.egress.destinations import is_listed, may_be_reached
from nacre.engines.sandbox.egress.proxy import Refused, read_head
from nacre.engines.sandbox.spec import Limits
from nacre.engines.sandbox.warden import wire
from nacre.engines.sandbox.warden.ring import Ring

LIMITS = Limits(cpu_cores=1.5, memory_bytes=1 << 30, processes=99)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.9.9.9", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00:ec2::254", "::ffff:10.0.0.1", "64:ff9b::a00:1",
     "2002:a00:1::", "8.8.8.8", "not an address", ""],
)  # fmt: skip
def test_what_is_not_public_is_not_reached(address: str) -> None:
    assert not may_be_reached(address, ["8.8.8.8"])


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_what_is_public_is(address: str) -> None:
    assert may_be_reached(address, ["1.2.3.4"])


@given(st.ip_addresses(v=4))
def test_every_address_that_is_reached_is_outside_the_closed_ways(address: ipaddress.IPv4Address) -> None:
    closed = [ipaddress.ip_network(line.split()[-1]) for line in network.way_commands([]) if line.startswith("route")]
    if may_be_reached(str(address), []):
        assert not any(address in network for network in closed)


@pytest.mark.parametrize(
    ("host", "listed"),
    [("a.org", True), ("A.ORG.", True), ("x.a.org", False), ("b.org", False), ("x.b.org", True), ("y.x.b.org", True),
     ("xb.org", False), ("", False), ("b.org.evil", False)],
)  # fmt: skip
def test_an_allow_list_means_what_it_says(host: str, listed: bool) -> None:
    assert is_listed(host, ["a.org", "*.b.org"]) is listed


def test_a_proxy_request_is_read_and_made_one_of_its_own() -> None:
    assert read_head(b"CONNECT a.org:8443 HTTP/1.1\r\nHost: b.org\r\n\r\n") == ("a.org", 8443, b"")
    host, port, first = read_head(
        b"GET http://a.org/x?y=1 HTTP/1.1\r\nHost: a.org\r\nConnection: keep-alive\r\nProxy-Authorization: z\r\n\r\n"
    )
    assert (host, port) == ("a.org", 80)
    assert first == b"GET /x?y=1 HTTP/1.1\r\nHost: a.org\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("line", [b"GET / HTTP/1.1", b"GET ftp://a/ HTTP/1.1", b"CONNECT :1 HTTP/1.1"])
def test_what_is_no_request_to_a_proxy_is_refused(line: bytes) -> None:
    with pytest.raises(Refused):
        read_head(line + b"\r\n\r\n")


@pytest.mark.parametrize("line", [b"", b"GET", b"\xff \xff \xff", b"CONNECT a:99999 HTTP/1.1", b"a b c d"])
def test_what_is_no_http_is_not_answered(line: bytes) -> None:
    with pytest.raises(ValueError):
        read_head(line + b"\r\n\r\n")


MOUNTS = """\
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
cgroup /sys/fs/cgroup/pids cgroup rw,relatime,pids 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,xattr,name=systemd 0 0
"""


def test_hierarchies_are_found_among_the_mounts() -> None:
    v1, v2 = cgroups.mounted(MOUNTS)
    assert v2 == Path("/sys/fs/cgroup/unified")
    assert v1 == {
        "cpu": Path("/sys/fs/cgroup/cpu,cpuacct"), "memory": Path("/sys/fs/cgroup/memory"),
        "pids": Path("/sys/fs/cgroup/pids"),
    }  # fmt: skip


def test_limits_are_written_as_each_version_wants_them() -> None:
    base = Path("/b")
    folders = dict.fromkeys(cgroups.CONTROLLERS, base)
    assert dict(cgroups.v2_settings("x", LIMITS, folders)) == {
        base / "x/cpu.max": "150000 100000", base / "x/memory.max": str(1 << 30), base / "x/memory.swap.max": "0",
        base / "x/pids.max": "99",
    }  # fmt: skip
    assert cgroups.v1_settings("x", LIMITS, {"memory": base}) == [
        (base / "x/memory.limit_in_bytes", str(1 << 30)), (base / "x/memory.memsw.limit_in_bytes", str(1 << 30)),
    ]  # fmt: skip
    both = cgroups.Hierarchies({"cpu": Path("/1")}, {"memory": base, "pids": base})
    assert cgroups.group("x", both).folders == (Path("/1/x"), base / "x")
    assert both.words("memory").endswith("version 2") and both.words("cpu").endswith("version 1")


def run(program: bytes, number: int, *arguments: int, arch: int = 0xC000003E) -> int:
    """What the filter decides on a call: a small interpreter of classic BPF."""
    data = struct.pack("<IIQ6Q", number, arch, 0, *(*arguments, *[0] * (6 - len(arguments))))
    code = list(struct.iter_unpack("HBBI", program))
    at, held = 0, 0
    while True:
        operation, yes, no, operand = code[at]
        at += 1
        match operation:
            case 0x20:
                (held,) = struct.unpack_from("<I", data, operand)
            case 0x15:
                at += yes if held == operand else no
            case 0x35:
                at += yes if held >= operand else no
            case 0x45:
                at += yes if held & operand else no
            case 0x06:
                return operand & 0xFFFF if operand & 0xFFFF0000 == 0x00050000 else 0
            case _:
                raise AssertionError(operation)


@pytest.mark.parametrize(
    ("number", "arguments", "error"),
    [
        (0, (), 0), (59, (), 0), (101, (), 0), (157, (), 0),  # read, execve, ptrace, prctl
        (165, (), errno.EPERM), (321, (), errno.EPERM), (304, (), errno.EPERM),  # mount, bpf, open_by_handle_at
        (425, (), errno.ENOSYS), (435, (), errno.ENOSYS),  # io_uring_setup, clone3
        (56, (17,), 0), (56, (0x10000000 | 17,), errno.EPERM), (56, (0x20000000,), errno.EPERM),  # clone
        (272, (0x400,), 0), (272, (0x10000000,), errno.EPERM), (272, (0x80,), errno.EPERM),  # unshare
        (16, (0, 0x5401), 0), (16, (0, 0x5412), errno.EPERM), (16, (0, 0x541C), errno.EPERM),  # ioctl
        (16, (0, 0x1_0000_5412), errno.EPERM),  # the kernel looks at the low half only
        (41, (1,), 0), (41, (2,), 0), (41, (10,), 0), (41, (16,), 0),  # socket
        (41, (17,), errno.EAFNOSUPPORT), (41, (40,), errno.EAFNOSUPPORT), (53, (38,), errno.EAFNOSUPPORT),
        (0x40000000 | 0, (), errno.ENOSYS),  # by the numbers of x32
    ],
)  # fmt: skip
def test_the_filter_lets_through_what_it_should(number: int, arguments: tuple[int, ...], error: int) -> None:
    assert run(seccomp.program("x86_64"), number, *arguments) == error


def test_the_filter_knows_the_architecture() -> None:
    assert run(seccomp.program("x86_64"), 0, arch=0x40000003) == errno.ENOSYS
    arm = seccomp.program("aarch64")
    assert run(arm, 40, arch=0xC00000B7) == errno.EPERM  # mount
    assert run(arm, 221, arch=0xC00000B7) == 0  # execve
    assert run(arm, 220, 0x10000000, arch=0xC00000B7) == errno.EPERM  # clone
    with pytest.raises(ValueError):
        seccomp.program("vax")


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(min_size=1, max_size=300)), max_size=60), st.data())
def test_a_ring_keeps_the_end_in_order(said: list[tuple[int, bytes]], data: st.DataObject) -> None:
    ring = Ring(1000)
    for kind, piece in said:
        ring.append(kind, piece)
    whole = b"".join(piece for _, piece in said)
    assert ring.end == len(whole)
    offset = data.draw(st.integers(0, len(whole)))
    heard, at = b"", offset
    while found := ring.after(at):
        _, at, part = found
        heard += part
    assert whole.endswith(heard)
    assert len(heard) >= min(len(whole) - offset, 1000 - 300) or not whole


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=50))), st.integers(1, 20))
def test_frames_survive_any_cutting(frames: list[tuple[int, bytes]], step: int) -> None:
    stream = b"".join(wire.frame(kind, payload) for kind, payload in frames)
    reader = wire.Frames()
    found = [frame for at in range(0, len(stream), step) for frame in reader.feed(stream[at : at + step])]
    assert found == frames


@given(st.binary(max_size=400))
def test_garbage_is_garbage_or_frames_and_nothing_else(data: bytes) -> None:
    try:
        for _, payload in wire.Frames().feed(data):
            wire.read_message(payload)
    except wire.Garbage:
        pass


def test_a_folder_too_large_is_told_of_when_it_grows(tmp_path: Path) -> None:
    watch = Watch((tmp_path,), 1 << 20)
    assert watch.look(0) == ""
    (tmp_path / "big").write_bytes(b"x" * (3 << 20))
    assert "may take 1 MB" in watch.look(100)
    assert watch.look(200) == ""  # it has not grown: whoever clears it away is left alone
    (tmp_path / "more").write_bytes(b"x" * (3 << 20))
    assert "takes 6 MB" in watch.look(300)


def test_a_folder_that_grows_while_others_give_back_more_is_told_of(tmp_path: Path) -> None:
    mine, others = tmp_path / "mine", tmp_path / "others"
    mine.mkdir()
    others.write_bytes(b"x" * (64 << 20))
    watch = Watch((mine,), 1 << 20)
    assert watch.look(0) == ""
    (mine / "big").write_bytes(b"x" * (3 << 20))
    others.unlink()
    assert "may take 1 MB" in watch.look(1)


def test_ways_are_closed_before_anything_else_matches() -> None:
    commands = network.way_commands(["203.0.113.7"])
    assert commands[:3] == [
        "rule add pref 100 to 10.0.2.3 ipproto udp dport 53 lookup main",
        "rule add pref 101 to 10.0.2.3 ipproto tcp dport 53 lookup main",
        "rule add pref 102 to 10.0.2.0/24 unreachable",
    ]
    assert "route add unreachable 169.254.0.0/16" in commands
    assert commands[-1] == "route add unreachable 203.0.113.7/32"
