"""Samples as Prometheus' remote write takes them: https://prometheus.io/docs/specs/prw/remote_write_spec/. Pure.

A WriteRequest of protocol buffers, in the block format of Snappy: that requires it. What is here makes no use of what
Snappy could save, since to seek repetitions in Python costs the daemon more than the bytes cost the network.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache
from math import isnan

from nacre.monitoring.exposition import name_of
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.sample import Sample, Subject

HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
    "User-Agent": "nacre",
}
_LITERAL_BYTES = 1 << 16


def write_request(samples: Sequence[Sample], instance: str) -> bytes:
    """What is not known is left out. `instance` tells one Nacre from another."""
    written = bytearray()
    for one in samples:
        for place, number in enumerate(one.numbers):
            if not isnan(number):
                # message Sample { double value = 1; int64 timestamp = 2; }
                sample = b"\x09" + struct.pack("<d", number) + b"\x10" + _varint(one.time_ms)
                written += _field(1, _labels(one.subject, place, instance) + _field(2, sample))
    return snappy(bytes(written))


def snappy(data: bytes) -> bytes:
    """A block that holds the bytes as they are: https://github.com/google/snappy/blob/main/format_description.txt."""
    pieces = [_varint(len(data))]
    for at in range(0, len(data), _LITERAL_BYTES):
        piece = data[at : at + _LITERAL_BYTES]
        pieces += (b"\xf4", struct.pack("<H", len(piece) - 1), piece)  # 61 << 2: two bytes of length follow
    return b"".join(pieces)


@lru_cache(16_384)
def _labels(subject: Subject, place: int, instance: str) -> bytes:
    """Those of one series, in their order: repeated Label labels = 1 { string name = 1; string value = 2; }."""
    kind = KINDS[subject.kind]
    measure = kind.measures[place]
    labels = {
        "__name__": name_of(kind, measure) + ("_total" if measure.counter else ""),
        "instance": instance,
        "job": "nacre",
    }
    if kind.label:
        labels[kind.label] = subject.label
    return b"".join(
        _field(1, _field(1, name.encode()) + _field(2, value.encode())) for name, value in sorted(labels.items())
    )


def _field(number: int, data: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1  # a negative one, of a clock before 1970, takes ten bytes
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    written.append(number)
    return bytes(written)
