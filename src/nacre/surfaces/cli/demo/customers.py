"""The shop's customers: each purchase is a transaction of its own and a file, a few dozen a second."""

import random
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from nacre.surfaces.cli.demo.shop import CUSTOMERS, PRODUCTS, invoice

_PAUSE_S = 0.02

_BUY = """
WITH product AS (
    UPDATE products SET stock = stock - %(quantity)s WHERE id = %(product)s RETURNING name, price
), placed AS (
    INSERT INTO orders (customer_id, product_id, quantity, total)
    SELECT %(customer)s, %(product)s, %(quantity)s, price * %(quantity)s FROM product
    RETURNING id, total
)
SELECT placed.id, product.name, placed.total FROM placed, product
"""


@dataclass(frozen=True)
class Bought:
    """How much was bought, and the path of the last invoice below the shop's folder."""

    orders: int
    last_invoice: str


def buy(url: str, files: Path, for_s: float, choice: random.Random) -> Bought:
    """Buy for `for_s` seconds: rows into the database at `url`, invoices and a log into the folder `files`."""
    invoices, log = files / "invoices", files / "log" / "orders.log"
    invoices.mkdir(exist_ok=True)
    log.parent.mkdir(exist_ok=True)
    until = time.monotonic() + for_s
    count, last = 0, ""
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < until:
            quantity = choice.randint(1, 4)
            order = {
                "customer": choice.randint(1, CUSTOMERS),
                "product": choice.randint(1, PRODUCTS),
                "quantity": quantity,
            }
            row = connection.execute(_BUY, order).fetchone()
            assert row is not None
            number, name, total = row
            last = f"invoices/{number}.txt"
            (files / last).write_text(invoice(number, name, quantity, total))
            with log.open("a") as lines:
                lines.write(f"order {number}: {quantity} x {name}\n")
            count += 1
            time.sleep(_PAUSE_S)
    return Bought(count, last)
