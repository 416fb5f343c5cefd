"""Gives up what the warden was started with before it does anything else."""

import ctypes
import os
import signal
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_SET_CHILD_SUBREAPER = 1, 4, 24, 38, 36

_CAPABILITY_VERSION = 0x20080522


def drop(uid: int, gid: int) -> None:
    """Become that user for good: no capabilities now, none to be had later. Nothing happens if it is that user already.

    A process that may not be dumped cannot be traced or read by others of the same user, who are all that it serves.
    """
    if os.geteuid() == 0 and uid != 0:
        # A set that holds nothing cannot be refilled by a program with file capabilities (capabilities(7)).
        last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
        for capability in range(last + 1):
            _prctl(_PR_CAPBSET_DROP, capability)
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        _drop_inheritable()
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)


def become_traceable() -> None:
    """A child of the warden may be debugged like any program, once it holds nothing of the warden's."""
    _prctl(_PR_SET_DUMPABLE, 1)


def end_with_parent() -> None:
    """Be killed when bubblewrap is: what it holds open outside would be gone."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends, as process 1 is anyway."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _drop_inheritable() -> None:
    """The one set that changing the user leaves as it is, capset(2)."""
    header, nothing = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    if _libc.capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), "capset refused")


_libc = ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"prctl {option}: {os.strerror(error)}")
