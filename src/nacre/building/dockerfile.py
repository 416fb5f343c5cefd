"""A Dockerfile is refused, with the reason."""

from nacre.core.errors import Unavailable


def refusal() -> Unavailable:
    """Why none is built here."""
    return Unavailable(
        "no-container-builder",
        "A Dockerfile is built by programs of its author's choice as root, for which no isolation is proven here.",
        hint='Say in nacre.toml how the app is built without one: [publish] runtime = "python" or "node", start = "…".',
    )
