"""Which words a block may have: a Bloom filter whose bits for one word lie within 64 (Putze and others, 2007).

So a word is written by one step and looked up by one read of eight bytes. At 16 bits a word, about one lookup in two
hundred says yes for a word that is not there.
"""

import struct
from array import array
from collections.abc import Callable, Collection, Iterable
from functools import cache
from hashlib import blake2b
from zlib import crc32

_BITS_A_WORD = 16
_BITS_SET = 5
_MASKS = 4096
_CELL = struct.Struct("<Q")


def bloom(words: Collection[bytes]) -> bytes:
    """The filter of these words; a multiple of eight bytes, never empty."""
    count = len(words) * _BITS_A_WORD // 64 + 1
    cells, masks = [0] * count, _masks()
    for hashed in map(crc32, words):
        rest, cell = divmod(hashed, count)
        cells[cell] |= masks[rest % _MASKS]
    return array("Q", cells).tobytes()


def may_have(hashes: Iterable[int], size: int, read: Callable[[int], bytes]) -> bool:
    """Whether all of these may be in a filter of `size` bytes, which `read` reads eight of from an offset."""
    count, masks = size // 8, _masks()
    for hashed in hashes:
        rest, cell = divmod(hashed, count)
        mask = masks[rest % _MASKS]
        if _CELL.unpack(read(8 * cell))[0] & mask != mask:
            return False
    return True


@cache
def _masks() -> tuple[int, ...]:
    return tuple(_mask(number) for number in range(_MASKS))


def _mask(number: int) -> int:
    mask = 0
    for byte in blake2b(number.to_bytes(2, "little")).digest():
        mask |= 1 << (byte & 63)
        if mask.bit_count() == _BITS_SET:
            break
    return mask
