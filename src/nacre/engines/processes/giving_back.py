"""Gives back the disk of a file's beginning: its size and its writer's place stay, and nobody is held up."""

import ctypes
import os

_KEEP_SIZE, _PUNCH_HOLE = 0x01, 0x02
_WAIT_BEFORE = 0x01
_AT_LEAST = 4 << 20
_BLOCK = 4096
_PIECE = 256 << 10
"""So much at once: whoever writes to the file waits for as long as that takes."""
_libc = ctypes.CDLL(None, use_errno=True)


def give_back(file: int, until: int) -> int:
    """Free the disk of what is before the byte `until`, once it is worth it; how much was, in bytes.

    Where the file system cannot, or not now, nothing happens (fallocate(2), FALLOC_FL_PUNCH_HOLE).
    """
    end = until // _BLOCK * _BLOCK
    if end < _AT_LEAST:
        return 0
    try:
        begin = os.lseek(file, 0, os.SEEK_DATA) // _BLOCK * _BLOCK
    except OSError:  # all of it is a hole
        return 0
    if end - begin < _AT_LEAST:
        return 0
    for piece in range(begin, end, _PIECE):
        size = min(_PIECE, end - piece)
        # What is on its way to the disk is waited for here, where nobody else waits with us.
        _libc.sync_file_range(file, ctypes.c_long(piece), ctypes.c_long(size), _WAIT_BEFORE)
        done = _libc.fallocate(file, _KEEP_SIZE | _PUNCH_HOLE, ctypes.c_long(piece), ctypes.c_long(size))
        if done != 0:
            return piece - begin
    return end - begin
