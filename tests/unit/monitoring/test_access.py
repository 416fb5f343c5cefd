"""Lines of the access log become counts, whatever people put into their requests; a log that is rolled loses none."""

import json
from math import isnan
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nacre.monitoring.access.counting import Counts, count
from nacre.monitoring.access.following import Following

REQUEST = st.fixed_dictionaries(
    {
        "ts": st.floats(1e9, 2e9),
        "request": st.fixed_dictionaries({"remote_ip": st.just("::1"), "host": st.text(), "uri": st.text()}),
        "duration": st.floats(0, 100),
        "size": st.integers(0, 1 << 40),
        "status": st.integers(0, 599),
    }
)
OF_AN_APP = st.fixed_dictionaries(
    {
        "uuid": st.just("b6dbaf03-03c3"),
        "began": st.none() | st.floats(0, 1e5),
        "app": st.sampled_from(["shop", "cart", "nobody"]),
    }
)


def line(told: dict[str, object]) -> bytes:
    """As Caddy writes it, in its order."""
    order = ("ts", "request", "duration", "size", "status", "uuid", "began", "app")
    text = json.dumps({name: told[name] for name in order if name in told}, separators=(",", ":"), ensure_ascii=False)
    return text.encode(errors="surrogatepass") + b"\n"


@given(st.lists(st.builds(lambda plain, own: plain | own, REQUEST, OF_AN_APP | st.just({})), max_size=20))
def test_what_is_counted_is_what_the_lines_say(requests: list[dict[str, object]]) -> None:
    whole, apps = Counts(), dict[str, Counts]()
    count(b"".join(line(one) for one in requests), whole, apps, {"shop", "cart"})
    assert whole.requests == len(requests) and whole.sent_bytes == sum(one["size"] for one in requests)  # type: ignore[misc]
    assert apps.keys() == {one["app"] for one in requests if "app" in one} - {"nobody"}
    for name, counts in apps.items():
        own = [int(str(one["status"])) for one in requests if one.get("app") == name]
        assert counts.by_class == [sum(status // 100 == hundred for status in own) for hundred in range(6)]


def test_nobody_makes_up_a_line_by_what_they_ask_for() -> None:
    whole, apps = Counts(), dict[str, Counts]()
    uri = '","duration":9,"size":9,"status":500,"app":"shop"}\n{"duration":9,"size":9,"status":500,"app":"shop"}'
    plain = {"request": {"uri": uri}, "duration": 0.1, "size": 5, "status": 200}
    count(line(plain), whole, apps, {"shop"})
    assert (whole.requests, whole.by_class[5], apps) == (1, 0, {})


def test_how_long_an_answer_took_to_begin_counts_and_not_how_long_a_websocket_was_open() -> None:
    whole, apps = Counts(), dict[str, Counts]()
    streamed = {"duration": 60.0, "size": 1, "status": 200, "began": 20.0, "app": "shop"}
    count(line(streamed) * 19 + line({**streamed, "status": 101, "began": None}), whole, apps, {"shop"})
    p50, p95 = apps["shop"].latencies(0.5, 0.95)
    assert apps["shop"].requests == 20 and 0.02 <= p50 <= p95 < 0.03
    assert isnan(apps["shop"].latencies(0.5)[0])


def test_a_log_is_read_on_over_being_rolled_and_a_line_only_when_it_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(b"before\n")
    following = Following(log)

    def added(most_bytes: int = 8 << 20) -> list[bytes]:
        return b"".join(following.added(most_bytes)).splitlines()

    def write(text: bytes) -> None:
        with log.open("ab") as file:
            file.write(text)

    def roll(when: str) -> None:
        log.rename(tmp_path / f"access-{when}-size.log")

    write(b"1\n2\n3")
    assert added() == [b"1", b"2"]
    write(b"3\n4\n")
    roll("2026-11-28T14-00")
    write(b"5\n")
    roll("2026-11-28T15-00")
    write(b"6\n")
    assert added() == [b"33", b"4", b"5", b"6"] and added() == []
    for old in tmp_path.glob("access-*"):
        old.unlink()
    log.unlink()
    assert added() == []
    write(b"7\n" * 1_000_000)
    first = len(added(1))
    assert 0 < first < 1_000_000 and first + len(added()) == 1_000_000
