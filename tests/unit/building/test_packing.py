"""What of a build goes into the image."""

import tarfile
from pathlib import Path

from nacre.building.packing import built_layer
from nacre.engines.oci.blobs import Blobs


def test_modules_that_a_build_puts_beside_its_output_go_along_and_installed_ones_do_not(tmp_path: Path) -> None:
    source, built, image = tmp_path / "source", tmp_path / "built", tmp_path / "image"
    for folder in (source, image, built / "node_modules" / "ms", built / ".next" / "node_modules"):
        folder.mkdir(parents=True)
    (built / "node_modules" / "ms" / "index.js").write_text("installed")
    (built / ".next" / "node_modules" / "ms-1a2b").symlink_to("../../node_modules/ms")
    (built / ".output" / "server" / "node_modules" / "ms").mkdir(parents=True)
    (built / ".output" / "server" / "node_modules" / "ms" / "index.js").write_text("bundled")
    blobs = Blobs(tmp_path / "blobs")
    layer = built_layer(blobs, built, source)
    assert layer is not None
    with blobs.open(layer.digest) as packed, tarfile.open(fileobj=packed) as tar:
        names = tar.getnames()
    assert "app/.next/node_modules/ms-1a2b" in names
    assert "app/.output/server/node_modules/ms/index.js" in names
    assert not any(name.startswith("app/node_modules") for name in names)
