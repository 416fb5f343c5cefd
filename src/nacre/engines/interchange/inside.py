"""The process that reads or writes one file of passages: `python -m nacre.engines.interchange.inside read|write
jsonl|parquet CPU_SECONDS [UID:GID]`.

Reading, the file is standard input and frames go out; writing, frames come in and the file goes out. Memory and time
are limited, it cannot write files, and it has the rights of the account: files come from anywhere.
"""

import encodings
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import IO

from nacre.core.confinement import confine, load_all
from nacre.engines.interchange import frames
from nacre.engines.interchange.rows import Refused

_MEMORY_BYTES = 2 << 30


def main(argv: list[str]) -> int:
    what, format_, cpu_s = argv[:3]
    load_all(encodings)
    if what == "write" or format_ == "parquet":
        _load_arrow()
    work: Callable[[IO[bytes], IO[bytes]], None] = getattr(import_module(f"nacre.engines.interchange.{format_}"), what)
    confine(argv[3] if len(argv) > 3 else None, _MEMORY_BYTES, int(cpu_s))
    out = sys.stdout.buffer
    try:
        work(sys.stdin.buffer, out)
    except Refused as refused:
        frames.send(out, {"error": str(refused)})
    except MemoryError:
        return 1
    except Exception as error:  # whatever a parser pleases to raise
        if what == "write":
            raise
        said = f"it cannot be read: {type(error).__name__}: {str(error)[:300]}"
        frames.send(out, {"error": said.encode(errors="replace").decode()})
    out.flush()
    return 0


def _load_arrow() -> None:
    """The account may not reach where modules are later on."""
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # others reserve more than they use, and that counts here
    import pyarrow
    import pyarrow.compute
    import pyarrow.parquet

    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
