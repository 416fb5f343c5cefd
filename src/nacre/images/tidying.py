"""Tidies up a machine's store of images: after a kill, and where images are only built and handed in."""

import time
from datetime import timedelta

from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.unpack import Rootfs
from nacre.images.base.bases import Bases

KEPT_UNUSED_FOR = timedelta(days=1)


def sweep(blobs: Blobs, rootfs: Rootfs, bases: Bases) -> None:
    """Remove what a kill left half done; to be called at the start, before anything is built or run."""
    blobs.sweep()
    rootfs.sweep()
    bases.sweep()


def forget_unused(blobs: Blobs, rootfs: Rootfs, bases: Bases, kept_for: timedelta = KEPT_UNUSED_FOR) -> int:
    """Remove the blobs and root file systems that nobody asked for in that time, except bases; the bytes freed."""
    before = time.time() - kept_for.total_seconds()
    stay = bases.layers() | bases.digests()
    rootfs.keep(bases.digests(), before)
    return sum(blobs.remove(blob.digest, before) for blob in blobs if blob.digest not in stay)
