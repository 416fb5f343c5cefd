"""Passages as JSONL: a line that describes the collection, then one for each passage."""

import json
from typing import IO, Any

import numpy as np

from nacre.engines.interchange import frames
from nacre.engines.interchange.rows import DESCRIBED, OWN, VECTORS, Outlet, Refused, vector_of

_LONGEST_LINE_BYTES = 256 << 20
_BOM = b"\xef\xbb\xbf"


def write(frames_in: IO[bytes], out: IO[bytes]) -> None:
    first = frames.receive(frames_in)
    assert first is not None
    described = json.loads(first[0])
    out.write(_line({DESCRIBED: described}) + b"\n")
    while (frame := frames.receive(frames_in)) is not None:
        rows, vectors = json.loads(frame[0]), _written(frame[1], described["dimension"])
        for row, vector in zip(rows, vectors, strict=True):
            out.write(_line(dict(zip(OWN, row, strict=True)))[:-1] + b',"vector":[' + vector.encode() + b"]}\n")


def read(file: IO[bytes], out: IO[bytes]) -> None:
    outlet: Outlet | None = None
    for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE_BYTES), b""), 1):
        if len(line) == _LONGEST_LINE_BYTES:
            raise Refused(f"line {number} is longer than {_LONGEST_LINE_BYTES >> 20} MB")
        if not (line := line.removeprefix(_BOM) if number == 1 else line).strip():
            continue
        said = _object(line, number)
        if outlet is None:
            outlet = Outlet(out, said.get(DESCRIBED))
            if DESCRIBED in said:
                continue
        given = next((said[name] for name in VECTORS if name in said), None)
        outlet.add(said, vector_of(given, f"line {number}"))
    (outlet or Outlet(out, None)).end()


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except UnicodeDecodeError:
        raise Refused(f"line {number} is no UTF-8") from None
    except RecursionError:
        raise Refused(f"line {number} is nested too deeply") from None
    except ValueError as error:
        raise Refused(f"line {number} is no JSON: {error}") from None
    if not isinstance(said, dict):
        raise Refused(f"line {number} is no JSON object")
    return said


def _line(said: Any) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _written(numbers: bytes, dimension: int) -> list[str]:
    """Vectors as the shortest decimals that mean the same numbers of 32 bits, commas between them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not numbers:
        return []
    wide = np.frombuffer(numbers, "<f4")
    texts = pa.array(wide).cast(pa.string())
    minus = np.signbit(wide) & (wide == 0)
    if minus.any():  # “-0” is a whole number to JSON, and those have no sign
        texts = pc.if_else(pa.array(minus), "-0.0", texts)
    begins = np.arange(0, len(texts) + 1, dimension, dtype=np.int32)
    joined: list[str] = pc.binary_join(pa.ListArray.from_arrays(begins, texts), ",").to_pylist()
    return joined
