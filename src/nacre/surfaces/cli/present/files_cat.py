"""`nacre files cat`, for people and pipes: the file's bytes as they are."""

import base64
import io
import sys
from typing import Any

from rich.console import Console


def present(answer: dict[str, Any], console: Console) -> None:
    text = answer["content"]
    content = text.encode() if answer["encoding"] == "utf-8" else base64.b64decode(text)
    if isinstance(console.file, io.StringIO):  # told inside something else, as `nacre demo` does
        console.file.write(content.decode(errors="replace"))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
