"""What pg_waldump prints, and what we make of it."""
# ruff: noqa: E501

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nacre.engines.postgres.transactions import End, microseconds, parse_waldump

# Printed by pg_waldump 18.6 with TZ=UTC.
PRINTED = """\
rmgr: Transaction len (rec/tot):     34/    34, tx:        731, lsn: 0/01956B88, prev 0/01956B50, desc: COMMIT 2026-11-21 07:43:41.123456 UTC
rmgr: Transaction len (rec/tot):     34/    34, tx:        732, lsn: 0/01956BB0, prev 0/01956B88, desc: ABORT 2026-11-21 07:43:42 UTC
rmgr: Transaction len (rec/tot):     62/    62, tx:        733, lsn: 0/01956BD8, prev 0/01956BB0, desc: COMMIT 2026-11-21 07:43:43.500000 UTC; subxacts: 734; inval msgs: catcache 82
rmgr: Transaction len (rec/tot):     40/    40, tx:          0, lsn: 0/01956C18, prev 0/01956BD8, desc: ASSIGNMENT xtop 735: subxacts: 736
rmgr: Transaction len (rec/tot):    300/   300, tx:        737, lsn: 0/01956C40, prev 0/01956C18, desc: PREPARE gid a
rmgr b: 2000-01-01 00:00:00 UTC: 2026-11-21 07:43:44.000001 UTC
rmgr: Transaction len (rec/tot):     46/    46, tx:          0, lsn: 0/01956D70, prev 0/01956C40, desc: COMMIT_PREPARED 737: 2026-11-21 07:43:45.100000 UTC
rmgr: Transaction len (rec/tot):     46/    46, tx:          0, lsn: 0/01956DA0, prev 0/01956D70, desc: ABORT_PREPARED 738: 2026-11-21 07:43:46 UTC
"""


def test_transaction_ends_are_read_and_nothing_else() -> None:
    records = list(parse_waldump(PRINTED.splitlines(keepends=True), 1, 16 << 20))
    assert [(record.kind, record.xid) for record in records] == [
        (End.COMMIT, 731), (End.ABORT, 732), (End.COMMIT, 733), (End.PREPARE, 737), (End.COMMIT_PREPARED, 0),
        (End.ABORT_PREPARED, 0),
    ]  # fmt: skip
    assert records[0].time == datetime(2026, 11, 21, 7, 43, 41, 123456, UTC)
    assert records[3].time == datetime(2026, 11, 21, 7, 43, 44, 1, UTC)
    assert (records[0].start, records[0].end) == (0x1956B88, 0x1956BB0)
    assert [record.kind.commits for record in records] == [True, False, True, False, True, False]


@given(st.integers(0, 8000 * 365 * 86_400 * 10**6))
def test_times_keep_every_microsecond(since_1970_us: int) -> None:
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=since_1970_us)
    printed = PRINTED.splitlines()[0].replace("2026-11-21 07:43:41.123456", time.strftime("%Y-%m-%d %H:%M:%S.%f"))
    [record] = parse_waldump([printed], 1, 16 << 20)
    assert record.time == time
    assert record.time_us == microseconds(time) == since_1970_us
