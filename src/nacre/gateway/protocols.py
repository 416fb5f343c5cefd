"""The first parts of the paths at which other people's clients speak to the daemon: git, image registries, runners."""

PREFIXES = ("git", "v2", "runner")


def is_protocol(path: str) -> bool:
    """Whether a path is one of theirs."""
    return path.split("/")[1:2] in ([prefix] for prefix in PREFIXES)


def takes_nodes(path: str) -> bool:
    """Whether machines that joined may come this way, by their own credentials: to get work, and to hand in images."""
    return path.split("/")[1:2] in (["v2"], ["runner"])
