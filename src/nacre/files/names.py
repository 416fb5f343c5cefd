"""Names that new files may be given: safe on every machine they may travel to, and in every encoding. Pure rules.

What is already in a tree keeps its name, whatever it is: programs may write any.
"""

import re
import unicodedata
from urllib.parse import unquote

from nacre.core.errors import InvalidInput
from nacre.engines.files.paths import LONGEST_NAME_BYTES

LONGEST_PATH_BYTES = 3500
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.IGNORECASE)
_FORMATTING = {"Cc", "Cs", "Zl", "Zp"}
_LONG_ESCAPE = re.compile(r"%u([0-9a-fA-F]{4})")
_JOINERS = "\u200c\u200d"  # written between letters in several scripts, and in emoji
_DECODINGS = 4


def new_path(text: str) -> str:
    """A path for something new, in normal form (NFC). Raises InvalidInput "bad-path", saying what is wrong with it."""
    path = unicodedata.normalize("NFC", text)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts:
        raise _refused(text, "it names nothing")
    for part in parts:
        _check(text, part)
    if len("/".join(parts).encode()) > LONGEST_PATH_BYTES:
        raise _refused(text, f"it is longer than {LONGEST_PATH_BYTES:,} bytes")
    return "/".join(parts)


def beside(name: str, number: int) -> str:
    """The name under which a file is kept beside one that has its name: photo.jpg → photo (2).jpg."""
    stem, dot, suffix = name.rpartition(".")
    if not stem or "/" in suffix:
        stem, dot, suffix = name, "", ""
    if stem.endswith(".tar"):
        stem, suffix = stem.removesuffix(".tar"), f"tar.{suffix}"
    return f"{stem} ({number}){dot}{suffix}"


def _check(whole: str, name: str) -> None:
    if any(unicodedata.category(letter) in _FORMATTING for letter in name):
        raise _refused(whole, "it holds characters that cannot be seen or written")
    if any(unicodedata.category(letter) == "Cf" and letter not in _JOINERS for letter in name):
        raise _refused(whole, "it holds characters that change how other text is shown")
    if _climbs(name):
        raise _refused(whole, "it leaves the folder")
    if "\\" in name:
        raise _refused(whole, "it holds a backslash")
    if len(name.encode()) > LONGEST_NAME_BYTES:
        raise _refused(whole, f"a name in it is longer than {LONGEST_NAME_BYTES} bytes")
    if name != name.strip() or name.endswith("."):
        raise _refused(whole, "a name in it begins or ends with a blank, or ends with a dot")
    if _RESERVED.fullmatch(name):
        raise _refused(whole, f"“{name}” is a device's name on some systems")


def _climbs(name: str) -> bool:
    """Whether the name, or what somebody may decode it to, is or contains a step upwards."""
    for _ in range(_DECODINGS):
        plain = unicodedata.normalize("NFKC", name).replace("\\", "/")
        if ".." in (part.strip() for part in re.split(r"[/\u2215\u2044\u29f8\0]", plain)):
            return True
        plain = _LONG_ESCAPE.sub(lambda match: chr(int(match[1], 16)), _overlong(name))
        decoded = unquote(plain, errors="replace")
        if decoded == name:
            return False
        name = decoded
    return True  # encoded so often that it is meant to hide something


def _overlong(name: str) -> str:
    """Percent-encoded overlong UTF-8 of `.`, `/` and `\\`, which lax decoders accept, as what it stands for."""
    for overlong, plain in (("%c0%ae", "."), ("%e0%80%ae", "."), ("%c0%af", "/"), ("%e0%80%af", "/"), ("%c1%9c", "/")):
        name = re.sub(overlong, plain, name, flags=re.IGNORECASE)
    return name


def _refused(path: str, why: str) -> InvalidInput:
    shown = path if len(path) <= 100 else f"{path[:100]}…"
    return InvalidInput("bad-path", f"“{shown!s}” cannot name a new file: {why}.", hint="Choose another name.")
