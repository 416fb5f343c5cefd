"""Images that mean harm: what they hold has no say in how their sandbox is made."""

import pytest
from tests.integration.runtime.conftest import APP, Pictures, Rig

from nacre.core.errors import NacreError
from nacre.engines.oci.digests import Digest
from nacre.engines.oci.entries import File
from nacre.engines.oci.layers import write_layer

pytestmark = pytest.mark.xdist_group("runtime")

_WITNESS = b"#!/bin/sh\nid >/data/who\n"


def image(pictures: Pictures, *paths: str) -> Digest:
    """With a witness at each of these paths, that tells as whom it was run."""
    entries = [File("app/app.py", APP), *(File(path, _WITNESS, executable=True) for path in paths)]
    return pictures._written((*pictures.base.layers, write_layer(pictures.blobs, entries)))


@pytest.mark.parametrize("folder", ["/run/nacre", "/run", "/run/nacre/warden", "/etc", "/proc/x"])
async def test_an_image_is_not_laid_over_what_starts_its_sandbox(rig: Rig, folder: str) -> None:
    data = rig.settings.home / "data-of-shop"
    data.mkdir()
    data.chmod(0o777)
    at = "run/nacre/warden/main.py" if folder.endswith("warden") else "run/nacre/lib/loader"
    rig.images["plain"] = image(rig.pictures, at, f"{folder[1:]}/x")
    with pytest.raises(NacreError) as caught:
        await rig.publish("shop", 1, data=data, run={"cwd": folder})
    assert (caught.value.code, [*data.iterdir()]) == ("bad-image", []), "nothing of it ran, least of all as root"
