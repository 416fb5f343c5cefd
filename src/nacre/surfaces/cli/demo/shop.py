"""The little shop's files: a program, its pages, a picture of each product, invoices, an executable and a link."""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PRODUCTS = 240
CUSTOMERS = 2000

SCRIPT = Path(__file__).with_name("shop.sql")

_SERVER = '''"""The shop. Run it with: python app/server.py"""

from orders import place_order

GREETING = "Welcome to the shop"
'''

_ORDERS = '''"""Placing an order: take it out of stock, write the invoice."""


def place_order(connection, customer, product, quantity):
    with connection.transaction():
        connection.execute("UPDATE products SET stock = stock - %s WHERE id = %s", [quantity, product])
'''

_PAGE = "<!doctype html>\n<title>{title}</title>\n<link rel=stylesheet href=/static/style.css>\n<h1>{title}</h1>\n"
_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><circle cx="32" cy="32" r="{radius}"'
    ' fill="hsl({hue} 60% 60%)"/></svg>\n'
)


@dataclass(frozen=True)
class Fingerprint:
    """A tree in one value: how many files, and a SHA-256 over every path, mode, content and link."""

    files: int
    sha256: str


def furnish(root: Path) -> None:
    """Write the shop's files into `root`, an empty folder."""
    for name, text in _texts():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    shutil.copyfile(SCRIPT, root / "db" / SCRIPT.name)
    (root / "scripts" / "open.sh").chmod(0o755)
    (root / "config" / "current.toml").symlink_to("shop.toml")


def invoice(number: int, name: str, quantity: int, total: object) -> str:
    return f"Invoice {number}\n\n{quantity} x {name}\nTotal {total} EUR\n\nThank you!\n"


def fingerprint(root: Path) -> Fingerprint:
    """What lies below `root` now; links are not followed."""
    digest = hashlib.sha256()
    count = 0
    for path in sorted(_below(root)):
        status = path.lstat()
        digest.update(f"{path.relative_to(root)}\0{status.st_mode:o}\0".encode())
        if stat.S_ISLNK(status.st_mode):
            digest.update(str(path.readlink()).encode())
        elif stat.S_ISREG(status.st_mode):
            digest.update(path.read_bytes())
        count += not stat.S_ISDIR(status.st_mode)
    return Fingerprint(count, digest.hexdigest())


def _texts() -> Iterator[tuple[str, str]]:
    yield "README.md", "# The shop\n\nThe database is made by db/shop.sql.\n"
    yield "app/server.py", _SERVER
    yield "app/orders.py", _ORDERS
    yield "app/static/style.css", "body { font: 16px/1.5 system-ui; margin: 2rem auto; max-width: 40rem }\n"
    for title in ("home", "cart", "order", "about"):
        yield f"app/pages/{title}.html", _PAGE.format(title=title.capitalize())
    for number in range(1, PRODUCTS + 1):
        yield f"app/pictures/{number:03}.svg", _PICTURE.format(radius=8 + number % 24, hue=number * 37 % 360)
    yield "config/shop.toml", 'currency = "EUR"\ntax = 0.19\n'
    yield "scripts/open.sh", "#!/bin/sh\nexec python app/server.py\n"
    yield "db/.keep", ""


def _below(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            yield Path(folder) / name
