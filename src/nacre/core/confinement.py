"""What a process gives up before it parses what comes from anywhere: memory, time, files, its user's rights."""

import importlib
import os
import pkgutil
import resource
from contextlib import suppress
from types import ModuleType


def load_all(package: ModuleType) -> None:
    """The account may not reach where modules are: what a document would make a parser import is imported first."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if "__main__" not in found.name:
            with suppress(ImportError, LookupError):  # what this machine has not, or only another one has
                importlib.import_module(found.name)


def confine(account: str | None, memory_bytes: int, cpu_s: int) -> None:
    """No file can be written from here on. `account` is UID:GID, None for those that the process has."""
    limits = ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, cpu_s), (resource.RLIMIT_FSIZE, 0))
    for what, most in limits:
        resource.setrlimit(what, (most, most))
    if account is not None:
        uid, _, gid = account.partition(":")
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
