"""The first parts of the paths at which other people's clients speak to the daemon: git, image registries, runners."""

PREFIXES = ("git", "v2", "runner")


def is_protocol(path: str) -> bool:
    """Whether a path is one of theirs."""
    return path.split("/")[1:2] in ([prefix] for prefix in PREFIXES)
