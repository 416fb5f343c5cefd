"""What Prometheus is told reads as Prometheus reads it, and only by whom it may be."""

from array import array
from datetime import UTC, datetime, timedelta
from math import nan

import pytest
from prometheus_client.parser import text_string_to_metric_families

from nacre.core.errors import InvalidInput, NotSignedIn
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.monitoring.exposition import exposition
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.daemon import DAEMON
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import Sample, Subject
from nacre.monitoring.scraping import Scraping, networks_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)


def samples() -> list[Sample]:
    daemon = array("d", [nan] * len(DAEMON.measures))
    daemon[DAEMON.places["requests"]] = 7
    daemon[DAEMON.places["memory_anonymous"]] = 1e9
    clusters = [array("d", [connections] * len(CLUSTER.measures)) for connections in (3.0, 4.0)]
    return [
        Sample(Subject("daemon", ""), NOW_MS, daemon),
        Sample(Subject("cluster", "shop"), NOW_MS, clusters[0]),
        Sample(Subject("cluster", 'we"ird\\\n'), NOW_MS, clusters[1]),
    ]


def parsed(text: bytes) -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(text.decode())
    return {(one.name, one.labels.get("branch", "")): one.value for family in families for one in family.samples}


def test_numbers_have_units_counters_say_so_and_what_is_not_known_is_left_out() -> None:
    told = parsed(exposition(samples()))
    assert told["nacre_daemon_requests_total", ""] == 7
    assert told["nacre_daemon_memory_anonymous_bytes", ""] == 1e9
    assert told["nacre_cluster_connections", "shop"] == 3 and told["nacre_cluster_connections", 'we"ird\\\n'] == 4
    assert ("nacre_daemon_tasks", "") not in told
    assert told["nacre_cluster_blocked_longest_seconds", "shop"] == 3


def test_what_is_old_is_not_told_as_if_it_were_so_now() -> None:
    ring, now = Ring(), [NOW]
    for one in samples():
        ring.add(one)
    scraping = Scraping(ring, networks_of("::1"), lambda: now[0])
    assert parsed(scraping.text(None, "::1"))
    now[0] += timedelta(minutes=3)
    assert scraping.text(None, "::1") == b""


def test_who_scrapes_sees_what_they_may() -> None:
    ring = Ring()
    for one in samples():
        ring.add(one)
    scraping = Scraping(ring, networks_of("10.1.0.0/16 ::1 192.0.2.7"), lambda: NOW)
    assert len(parsed(scraping.text(OWNER, ""))) == len(parsed(scraping.text(None, "10.1.2.3")))
    assert parsed(scraping.text(None, "::1")) and parsed(scraping.text(None, "192.0.2.7"))
    for elsewhere in ("10.2.0.1", "", "nonsense", "::2"):
        with pytest.raises(NotSignedIn):
            scraping.text(None, elsewhere)
    ann = Principal(Kind.PERSON, "ann", Role.VIEWER, members_only=True, memberships={"shop": Role.VIEWER}, person="ann")
    assert {label for _, label in parsed(scraping.text(ann, "10.2.0.1"))} == {"shop"}
    with pytest.raises(InvalidInput):
        networks_of("10.1.0.0/99")
