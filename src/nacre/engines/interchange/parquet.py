"""Passages as Parquet: the same columns as in JSONL, with vectors as lists of one length."""

import json
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nacre.engines.interchange import frames
from nacre.engines.interchange.rows import DESCRIBED, OWN, VECTORS, Floats, Outlet, Refused

_ROWS_AT_ONCE = 256
_ROWS_A_GROUP = 4096
_BUFFER_BYTES = 1 << 20
_TYPES = {
    "document": pa.string(), "metadata": pa.string(), "position": pa.int64(), "start": pa.int64(), "page": pa.int64(),
    "context": pa.string(), "text": pa.string(),
}  # fmt: skip


def write(frames_in: IO[bytes], out: IO[bytes]) -> None:
    """Texts are compressed; vectors, of which little would be saved, are not."""
    first = frames.receive(frames_in)
    assert first is not None
    dimension = json.loads(first[0])["dimension"]
    fields = [pa.field(name, kind) for name, kind in _TYPES.items()]
    schema = pa.schema([*fields, pa.field("vector", pa.list_(pa.float32(), dimension))], {DESCRIBED: first[0]})
    packed = dict.fromkeys(_TYPES, "zstd") | {"vector.list.element": "NONE"}
    names = ["document", "metadata"]
    with pq.ParquetWriter(out, schema, compression=packed, use_dictionary=names, write_statistics=names) as writer:
        gathered: list[pa.RecordBatch] = []
        while (frame := frames.receive(frames_in)) is not None:
            gathered.append(_batch(schema, json.loads(frame[0]), frame[1], dimension))
            if sum(len(batch) for batch in gathered) >= _ROWS_A_GROUP:
                writer.write_table(pa.Table.from_batches(gathered))
                gathered = []
        if gathered:
            writer.write_table(pa.Table.from_batches(gathered))


def read(file: IO[bytes], out: IO[bytes]) -> None:
    try:
        parquet = pq.ParquetFile(pa.PythonFile(file, "r"), pre_buffer=False, buffer_size=_BUFFER_BYTES)
    except pa.ArrowInvalid as error:
        raise Refused(f"it is no Parquet file: {str(error)[:200]}") from None
    schema = parquet.schema_arrow
    described = (schema.metadata or {}).get(DESCRIBED.encode())
    columns = [field.name for field in schema if not _is_binary(field.type)]
    if not columns:
        raise Refused("it has no column that could be read")
    vectors_in = next((name for name in VECTORS if name in columns), None)
    outlet = Outlet(out, None if described is None else json.loads(described))
    for batch in parquet.iter_batches(_ROWS_AT_ONCE, columns=columns, use_threads=False):
        vectors = _vectors(batch, vectors_in)
        texts = batch.drop_columns([vectors_in]) if vectors_in else batch
        for row in texts.to_pylist():
            if described is not None:
                row["metadata"] = json.loads(row["metadata"] or "{}")
            outlet.add(row, next(vectors))
    outlet.end()


def _batch(schema: pa.Schema, rows: list[list[Any]], numbers: bytes, dimension: int) -> pa.RecordBatch:
    columns: dict[str, list[Any]] = {name: list(values) for name, *values in zip(OWN, *rows, strict=True)}
    columns["metadata"] = [json.dumps(one, ensure_ascii=False) for one in columns["metadata"]]
    arrays = [pa.array(columns[name], kind) for name, kind in _TYPES.items()]
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.frombuffer(numbers, "<f4")), dimension)
    return pa.RecordBatch.from_arrays([*arrays, vectors], schema=schema)


def _vectors(batch: pa.RecordBatch, column: str | None) -> Iterator[Floats | None]:
    if column is None:
        yield from [None] * len(batch)
        return
    lists = batch.column(column)
    if not (
        pa.types.is_list(lists.type) or pa.types.is_large_list(lists.type) or pa.types.is_fixed_size_list(lists.type)
    ):
        raise Refused(f"the column “{column}” holds no lists of numbers")
    if lists.null_count == len(lists):
        yield from [None] * len(batch)
        return
    numbers = lists.flatten()
    lengths = pc.unique(pc.list_value_length(lists)).to_pylist()
    if lists.null_count or numbers.null_count or len(lengths) != 1:
        raise Refused(f"not every row has a vector of the same length in the column “{column}”")
    try:
        wide = numbers.cast(pa.float32()).to_numpy(zero_copy_only=False)
    except pa.ArrowException:
        raise Refused(f"the column “{column}” holds no lists of numbers") from None
    yield from wide.reshape(len(batch), lengths[0])


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))
