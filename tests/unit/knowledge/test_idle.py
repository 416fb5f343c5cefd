"""A daemon in which nobody searches pays nothing for knowledge."""

import subprocess
import sys


def test_neither_numpy_nor_a_parser_is_loaded_before_it_is_needed() -> None:
    heavy = "numpy", "tokenizers", "openpyxl", "bs4", "pypdf"
    code = f"import nacre.daemon, sys; loaded = set(sys.modules) & {set(heavy)!r}; assert not loaded, loaded"
    subprocess.run([sys.executable, "-c", code], check=True)
