"""Packs what a build ends with into layers: the source, what was made of it, and finished pages with their server."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from nacre.building import pages
from nacre.building.recipe import Recipe
from nacre.building.sources import left_out_by, made_by_build, real_folder
from nacre.core.errors import Conflict
from nacre.engines.files.ignored import read_rules
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.entries import Entry, File, Folder, entries_of
from nacre.engines.oci.layers import Layer, write_layer

_APP = "app"
# Only what was installed: what a build itself puts below a node_modules is part of what it made (Next.js, Nuxt).
_NOT_MADE = read_rules("/node_modules/\n.git/\n__pycache__/\n*.pyc\n.next/cache/\n.cache/\n.venv/\n")
_NOT_A_PAGE = read_rules(".git/\nnode_modules/\n.env\n.env.*\nnacre.toml\n.DS_Store\n")


def source_layer(blobs: Blobs, source: Path, recipe: Recipe) -> Layer:
    return write_layer(blobs, source_entries(source, recipe))


def source_entries(source: Path, recipe: Recipe) -> Iterator[Entry]:
    """The source as it lies in the image, without what is left out."""
    return entries_of(source, _APP, left_out_by(recipe.left_out, source))


def built_layer(blobs: Blobs, built: Path, source: Path) -> Layer | None:
    """What a build made beside the source; None when that is nothing."""
    entries = [*made_by_build(built, source, _APP, left_out_by(_NOT_MADE, built))]
    return write_layer(blobs, entries) if any(not _is_folder(entry) for entry in entries) else None


def pages_layer(blobs: Blobs, root: Path, recipe: Recipe) -> Layer:
    """The pages in the first folder that has an index.html, and the configuration of their server.

    Raises Conflict "no-pages".
    """
    folder = real_folder(root, _with_index(root, recipe.pages))
    entries = [*entries_of(folder, _APP, left_out_by(_NOT_A_PAGE, folder))]
    paths = {entry.path for entry in entries}
    has_404 = f"{_APP}/404.html" in paths
    single = bool(recipe.build) and not has_404 and [path for path in paths if path.endswith(".html")] == [_INDEX]
    config = pages.server(built=bool(recipe.build), single_page=single, not_found=has_404)
    return write_layer(blobs, chain(pages.tagged(entries), [File(pages.CONFIG.lstrip("/"), config)]))


_INDEX = f"{_APP}/index.html"


def _with_index(root: Path, folders: Iterable[str]) -> str:
    looked = [*folders]
    for folder in looked:
        if (root / folder / "index.html").is_file():
            return folder
    named = ", ".join(folder or "the project itself" for folder in looked)
    raise Conflict(
        "no-pages",
        f"There is no index.html to serve; looked for in {named}.",
        hint='Say where the pages are: [publish] static = "…" in nacre.toml; or how a server is started: start = "…".',
    )


def _is_folder(entry: Entry) -> bool:
    return isinstance(entry, Folder)
