"""The system calls that people's code has no business with, as a filter for bubblewrap's --seccomp.

A classic BPF program over `struct seccomp_data`, seccomp(2): denied calls fail as on a kernel that does not let or
know them, so that programs go another way instead of dying. The list follows Docker's default profile, less what
only makes sense with capabilities that nobody has here.
"""

import errno
import platform
import struct
from collections.abc import Iterable

_LD, _JEQ, _JSET, _JGE, _RET = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER_AT, _ARCH_AT, _ARGS_AT = 0, 4, 16

_MACHINES = ("x86_64", "aarch64")
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000

_NEW_NAMESPACES = 0x7E020000  # every CLONE_NEW* of clone(2)
_NEW_TIME = 0x80  # CLONE_NEWTIME, which clone(2) reads as a part of the signal's number
_FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: the others are no part of what is kept apart
_TERMINAL_INPUT = (0x5412, 0x541C, 0x5423)  # TIOCSTI, TIOCLINUX, TIOCSETD

# Numbers on x86_64 and aarch64: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h. None: no
# such call there.
_DENIED: dict[str, tuple[int | None, int | None]] = {
    "acct": (163, 89), "add_key": (248, 217), "bpf": (321, 280), "chroot": (161, 51), "clock_adjtime": (305, 266),
    "clock_settime": (227, 112), "create_module": (174, None), "delete_module": (176, 106),
    "fanotify_init": (300, 262), "finit_module": (313, 273), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fsopen": (430, 430), "fspick": (433, 433), "init_module": (175, 105), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "io_uring_setup": (425, 425), "ioperm": (173, None), "iopl": (172, None),
    "kexec_file_load": (320, 294), "kexec_load": (246, 104), "keyctl": (250, 219),
    "lookup_dcookie": (212, 18), "modify_ldt": (154, None), "mount": (165, 40), "mount_setattr": (442, 442),
    "move_mount": (429, 429), "name_to_handle_at": (303, 264), "nfsservctl": (180, 42), "open_by_handle_at": (304, 265),
    "open_tree": (428, 428), "perf_event_open": (298, 241), "pidfd_getfd": (438, 438), "pivot_root": (155, 41),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "reboot": (169, 142), "request_key": (249, 218),
    "setdomainname": (171, 162), "sethostname": (170, 161), "setns": (308, 268), "settimeofday": (164, 170),
    "swapoff": (168, 225), "swapon": (167, 224), "syslog": (103, 116), "umount2": (166, 39), "uselib": (134, None),
    "userfaultfd": (323, 282), "vhangup": (153, 58),
}  # fmt: skip
_CLONE, _CLONE3, _UNSHARE, _IOCTL, _SOCKET, _SOCKETPAIR = (
    (56, 220),
    (435, 435),
    (272, 97),
    (16, 29),
    (41, 198),
    (53, 199),
)


Instruction = tuple[int, int, int, int]
"""Operation, jump if true, jump if not, operand."""


def program(machine: str = platform.machine()) -> bytes:
    """The filter for this kind of machine, as an array of `struct sock_filter`. Raises ValueError for one unknown."""
    which = _MACHINES.index(machine)
    # Calls by another architecture's numbers would slip past those below.
    code = [(_LD, 0, 0, _ARCH_AT), (_JEQ, 1, 0, _AUDIT_ARCH[machine]), _deny(errno.ENOSYS)]
    code.append((_LD, 0, 0, _NUMBER_AT))
    if machine == "x86_64":
        code += [(_JGE, 0, 1, _X32_BIT), _deny(errno.ENOSYS)]
    for name, numbers in _DENIED.items():
        number = numbers[which]
        if number is not None:
            # libuv and others fall back when io_uring seems not to exist, but not when it is forbidden.
            code += _when(number, [_deny(errno.ENOSYS if name.startswith("io_uring") else errno.EPERM)])
    # clone3 keeps its flags in memory, where no filter can look: the C library falls back to clone.
    code += _when(_CLONE3[which], [_deny(errno.ENOSYS)])
    for number, flags in ((_CLONE[which], _NEW_NAMESPACES), (_UNSHARE[which], _NEW_NAMESPACES | _NEW_TIME)):
        code += _when(number, [_argument(0), (_JSET, 0, 1, flags), _deny(errno.EPERM), (_RET, 0, 0, _ALLOW)])
    for number in (_SOCKET[which], _SOCKETPAIR[which]):
        families = [(_JEQ, len(_FAMILIES) - at, 0, family) for at, family in enumerate(_FAMILIES)]  # to the last
        code += _when(number, [_argument(0), *families, _deny(errno.EAFNOSUPPORT), (_RET, 0, 0, _ALLOW)])
    requests = [word for one in _TERMINAL_INPUT for word in ((_JEQ, 0, 1, one), _deny(errno.EPERM))]
    code += _when(_IOCTL[which], [_argument(1), *requests])
    code.append((_RET, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


def numbers(names: Iterable[str], machine: str) -> dict[str, int]:
    """The numbers of denied calls on this kind of machine, those left out that it does not have."""
    which = _MACHINES.index(machine)
    found = {name: _DENIED[name][which] for name in names}
    return {name: number for name, number in found.items() if number is not None}


def _when(number: int, then: list[Instruction]) -> list[Instruction]:
    """Run `then` for that call; what falls out of it has lost the number, so it must be the last or return."""
    return [(_JEQ, 0, len(then), number), *then]


def _argument(index: int) -> Instruction:
    """Load the low half of an argument: the kernel itself looks at no more of those that are compared here."""
    return (_LD, 0, 0, _ARGS_AT + 8 * index)


def _deny(error: int) -> Instruction:
    return (_RET, 0, 0, _ERRNO | error)
