"""Where images come to lie, and what they are built on."""

from typing import Protocol

from nacre.engines.oci.blobs import Blobs
from nacre.images.base.bases import Bases


class ImageStore(Protocol):
    """What a build asks of it: layers and manifests are written to `blobs`, and begin with one of `bases`."""

    @property
    def blobs(self) -> Blobs: ...

    @property
    def bases(self) -> Bases: ...
