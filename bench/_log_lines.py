"""Lines as logs have them: of a gateway as JSON, of Postgres, of an app that writes for people; each with own ids."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

_PATHS = ("/", "/api/orders", "/api/cart", "/login", "/static/app.js", "/api/search", "/health", "/api/users/me")
_STATUSES = (200,) * 40 + (304,) * 6 + (404, 404, 500, 201, 302)
_SAYINGS = (
    "order {0} paid by customer {1} in {2} ms",
    "cache miss for key user:{1}:basket, loaded in {2} ms",
    "mail to customer {1} queued as {0}",
    "retrying call to stock service, attempt {3}, request {0}",
    "用户 {1} 的订单 {0} 已付款",
    "could not reserve stock for order {0}: only {3} left",
)
_STATEMENTS = (
    "SELECT o.id, o.total FROM orders o WHERE o.customer = {1} ORDER BY o.placed DESC LIMIT 20",
    "UPDATE basket SET touched = now(), items = items + {3} WHERE customer = {1}",
    "INSERT INTO event (kind, customer, payload) VALUES ('seen', {1}, '{{\"page\": {3}}}')",
)


def gateway(seed: int, start_ms: int) -> Iterator[tuple[int, int, bytes]]:
    """Time, level (as of nacre.engines.logs.line) and text, without end; some five milliseconds apart."""
    chance = random.Random(seed)
    time_ms = start_ms
    while True:
        time_ms += chance.randrange(10)
        bits, status = chance.getrandbits(128), _STATUSES[chance.getrandbits(16) % len(_STATUSES)]
        host = f"shop-{bits >> 8 & 31}.example.com"
        text = (
            f'{{"level":"info","ts":{time_ms / 1000:.3f},"logger":"http.log.access","msg":"handled request",'
            f'"request":{{"remote_ip":"203.0.113.{bits & 255}","method":"GET","host":"{host}",'
            f'"uri":"{_PATHS[bits >> 13 & 7]}"}},"request_id":"{bits:032x}","bytes_read":0,'
            f'"duration":{(bits >> 30 & 0xFFFFF) / 1e7:.7f},"size":{bits >> 16 & 0x3FFF},"status":{status}}}'
        )
        yield time_ms, 4 if status == 500 else 2, text.encode()


def postgres(seed: int, start_ms: int) -> Iterator[tuple[int, int, bytes]]:
    chance = random.Random(seed)
    time_ms, second, stamp = start_ms, 0, ""
    while True:
        time_ms += chance.randrange(10)
        bits = chance.getrandbits(64)
        if time_ms // 1000 != second:
            second = time_ms // 1000
            stamp = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M:%S}"
        said = _STATEMENTS[bits % 3].format("", bits >> 8 & 0xFFFFF, "", bits >> 3 & 15)
        text = f"{stamp}.{time_ms % 1000:03d} UTC [{20000 + (bits & 63)}] nacre@shop LOG:  duration: "
        yield time_ms, 2, f"{text}{(bits >> 40) / 1e5:.3f} ms  statement: {said}".encode()


def app(seed: int, start_ms: int) -> Iterator[tuple[int, int, bytes]]:
    chance = random.Random(seed)
    time_ms, second, stamp = start_ms, 0, ""
    while True:
        time_ms += chance.randrange(10)
        bits = chance.getrandbits(96)
        if time_ms // 1000 != second:
            second = time_ms // 1000
            stamp = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
        kind = bits % 6
        name, level = ("WARNING", 3) if kind == 3 else ("ERROR", 4) if kind == 5 and not bits & 48 else ("INFO", 2)
        said = _SAYINGS[kind].format(f"{bits >> 48:012x}", bits >> 8 & 0xFFFFF, bits >> 20 & 511, bits >> 3 & 7)
        yield (
            time_ms,
            level,
            f"{stamp}.{time_ms % 1000:03d}Z {name} shop.orders [worker-{bits >> 4 & 7}] {said}".encode(),
        )


SOURCES = (gateway, postgres, app)
