"""What is read of a tar that may mean harm."""

import tarfile
from typing import Any

_LARGEST_HEADER_BYTES = 1 << 20
_HEADERS = (
    tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE,
)  # fmt: skip


class TarMember(tarfile.TarInfo):
    """For `tarfile.open(…, tarinfo=TarMember)`: refuses, with tarfile.ReadError, what would fill the memory.

    tarfile reads such a header whole, and a name of gigabytes packs to a thousandth; lists of a sparse file's holes are
    as long as they like, too.
    """

    def _proc_member(self, archive: tarfile.TarFile) -> Any:
        if self.type in _HEADERS and self.size > _LARGEST_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {self.size:,} bytes")
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise tarfile.ReadError("a file with holes")
        return super()._proc_member(archive)  # type: ignore[misc]

    def _proc_gnusparse_10(self, *_: object) -> None:
        raise tarfile.ReadError("a file with holes")
