"""How much of what a job writes is kept."""

LONGEST_LOG_BYTES = 4 << 20
_CUT = b"\n[The log is cut here: only its first 4 MB are kept.]\n"


def capped(kept_bytes: int, new: bytes) -> bytes:
    """What of `new` is kept behind so many bytes of log; a note ends it where the limit is met."""
    room = LONGEST_LOG_BYTES - kept_bytes
    if len(new) <= room:
        return new
    return b"" if room < 0 else new[:room] + _CUT
