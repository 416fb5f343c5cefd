"""Node's layer: node and npm at /usr/local, from this machine or from the wheel that Nacre fetches."""

from collections.abc import Iterator
from pathlib import Path

from nacre.engines.node.node import Node
from nacre.engines.oci.entries import Entry, File, Link, entries_of
from nacre.images.base.libraries import needed_by
from nacre.images.base.userland import copies

TARGET = "usr/local"
_NPM = f"{TARGET}/lib/node_modules/npm"
_READING = frozenset(("docs", "man", "README.md", "CHANGELOG.md"))


def node_layer(node: Node) -> Iterator[Entry]:
    """The entries of the layer. Raises Unavailable "no-base-image"."""
    yield File(f"{TARGET}/bin/node", node.program.resolve(), executable=True)
    yield from copies(needed_by([node.program.resolve()]))
    yield from entries_of(npm_folder(node), _NPM, lambda path: path in _READING)
    for name in ("npm", "npx"):
        yield Link(f"{TARGET}/bin/{name}", f"../lib/node_modules/npm/bin/{name}-cli.js")


def npm_folder(node: Node) -> Path:
    """Where npm lies with all that it needs."""
    return node.npm.resolve().parent.parent


def stands_alone(node: Node) -> bool:
    """Whether npm brings its own packages. Debian's spreads them over the machine, and cannot be taken along."""
    return (npm_folder(node) / "node_modules").is_dir()


def inputs(node: Node) -> Iterator[Path]:
    """What the layer is made from, as far as it changes without a new name."""
    yield node.program.resolve()
    yield npm_folder(node) / "package.json"
