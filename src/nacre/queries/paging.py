"""Turning pages of a table: after the last row of a page by its key where there is one, else by counting rows.

By key a page far down costs as much as the first, and rows that come and go meanwhile neither repeat nor hide others.
"""

import base64
import binascii
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from psycopg.sql import SQL, Composable, Identifier, Literal

from nacre.core.errors import InvalidInput
from nacre.queries.conditions import Order


@dataclass(frozen=True)
class After:
    """Where the last page ended: the values of its last row in the columns it was ordered by, or how many rows."""

    values: tuple[str | None, ...] | None = None
    offset: int = 0

    def __str__(self) -> str:
        told = {"offset": self.offset} if self.values is None else {"values": self.values}
        return base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")


def parse_after(text: str, columns: int) -> After:
    """Read what an earlier answer gave as `next`. Raises InvalidInput "bad-cursor"."""
    try:
        told = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if "offset" in told and isinstance(told["offset"], int) and 0 <= told["offset"] < 1 << 62:
            return After(offset=told["offset"])
        values = tuple(told["values"])
        if len(values) == columns and all(value is None or isinstance(value, str) for value in values):
            return After(values)
    except (ValueError, TypeError, KeyError, binascii.Error):
        pass
    raise InvalidInput(
        "bad-cursor", "This is not where a page of these rows ended.", hint="Begin again without “after”."
    )


def total_order(orders: Sequence[Order], key: Sequence[str]) -> list[Order]:
    """The order asked for, and by the key behind it, so that no two rows are equal in it."""
    asked = {order.column for order in orders}
    return [*orders, *(Order(column) for column in key if column not in asked)]


def beyond(orders: Sequence[Order], values: Sequence[str | None], nullable: Collection[str]) -> Composable:
    """The condition of a row to come after the one with these `values`; nulls count as greatest, as in ORDER BY.

    Where all columns rise, or all fall, and none can be null, whole rows are compared: an index answers that.
    """
    if len({order.descending for order in orders}) == 1 and not any(order.column in nullable for order in orders):
        names = SQL(", ").join(Identifier(order.column) for order in orders)
        sign = SQL("<" if orders[0].descending else ">")
        return SQL("({}) {} ({})").format(names, sign, SQL(", ").join(map(Literal, values)))
    ways: list[Composable] = []
    for at, (order, value) in enumerate(zip(orders, values, strict=True)):
        equal = [_equals(*pair) for pair in zip(orders[:at], values[:at], strict=True)]
        ways.append(SQL("({})").format(SQL(" AND ").join([*equal, _follows(order, value)])))
    return SQL("({})").format(SQL(" OR ").join(ways))


def _equals(order: Order, value: str | None) -> Composable:
    name = Identifier(order.column)
    return name + SQL(" IS NULL") if value is None else name + SQL(" = ") + Literal(value)


def _follows(order: Order, value: str | None) -> Composable:
    name = Identifier(order.column)
    if value is None:
        return name + SQL(" IS NOT NULL") if order.descending else SQL("false")
    if order.descending:
        return name + SQL(" < ") + Literal(value)
    return SQL("({0} > {1} OR {0} IS NULL)").format(name, Literal(value))
