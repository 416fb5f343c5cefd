"""What happened, as charts show it, of a real data.db."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nacre.branches.catalog import Catalog
from nacre.core.errors import InvalidInput
from nacre.core.names import Ref
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.monitoring.alerts.book import AlertBook, Turn
from nacre.monitoring.alerts.rules import DEFAULTS
from nacre.monitoring.alerts.states import News
from nacre.monitoring.marks.marks import Happened, Mark, Marks, of_alerts
from nacre.publishing.apps import Apps
from nacre.publishing.releases import Releases
from nacre.wiring.marks import releases

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
RULES = {rule.name: rule for rule in DEFAULTS}
OF_SHOP = Principal(Kind.PERSON, "bo", Role.USER, members_only=True, memberships={"shop": Role.VIEWER})


def rewound(since: datetime, until: datetime) -> list[Happened]:
    """Somebody else's source: a branch that was rewound twice."""
    ref = Ref("shop", "try")
    times = [time for time in (NOW - timedelta(minutes=20), NOW - timedelta(hours=20)) if since <= time < until]
    return [
        Happened(
            Mark(time=time, kind="rewind", news="rewind", subject="cluster", label=str(ref), title=""),
            lambda who: who.may_enter(ref),
        )
        for time in times
    ]


def test_what_happened_is_told_in_order_to_those_whose_business_it_is(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "data.db")) as store:
        times = iter(NOW - timedelta(minutes=minutes) for minutes in (90, 30, 25, 10))
        book = AlertBook(store, lambda: next(times))
        for news, label in (
            (News.FIRED, "shop"), (News.REPEATED, "shop"), (News.FIRED, "other"), (News.RESOLVED, "shop"),
        ):  # fmt: skip
            key = ("connections", label)
            book.note([Turn(key, RULES["connections"], None, news, 0.9, NOW, changed=True)])
        marks = Marks((of_alerts(book), rewound))

        def told(who: Principal, hours: int) -> list[str]:
            return [f"{one.news} {one.label}" for one in marks.between(who, NOW - timedelta(hours=hours), NOW)]

        assert told(OWNER, 1) == ["fired other", "rewind shop:try", "resolved shop"]  # that it still holds is no news
        assert told(OWNER, 24) == ["rewind shop:try", "fired shop", *told(OWNER, 1)]
        assert told(OF_SHOP, 1) == ["rewind shop:try", "resolved shop"]
        with pytest.raises(InvalidInput, match="ends before it begins"):
            marks.between(OWNER, NOW, NOW)


def test_what_many_others_did_since_hides_nothing_that_is_ones_own(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "data.db")) as store:
        book = AlertBook(store, lambda: NOW - timedelta(minutes=5))
        labels = ["shop", *["other"] * 600]
        book.note(
            [Turn(("connections", label), RULES["connections"], None, News.FIRED, 0.9, NOW, True) for label in labels]
        )
        marks = Marks((of_alerts(book),))
        told = {who.name: marks.between(who, NOW - timedelta(hours=1), NOW) for who in (OWNER, OF_SHOP)}
    assert [one.label for one in told["bo"]] == ["shop"]
    assert [one.label for one in told["owner"]] == ["other"] * 500


def test_a_token_for_one_branch_hears_of_no_releases_as_it_sees_no_app(tmp_path: Path) -> None:
    agent = Principal(Kind.AGENT, "agent", Role.USER, branch=Ref("shop", "try"), projects=frozenset({"shop"}))
    with closing(Store(tmp_path / "data.db")) as store:
        clock = lambda: NOW - timedelta(minutes=5)  # noqa: E731
        catalog = Catalog(store, SecretBox(tmp_path / "key"), clock, 5432)
        app = Apps(store, catalog, clock).claim(
            "cart", "production", catalog.add_branch(Ref("shop"), None), OWNER, None
        )  # fmt: skip
        book = Releases(store, clock)
        book.go_live(app, book.begin(app, "publish", OWNER, "", source="shop", branch="shop", message="of the shop"))
        marks = Marks((releases(store, clock, catalog),))
        heard = {who.name: marks.between(who, NOW - timedelta(hours=1), NOW) for who in (OWNER, OF_SHOP, agent)}
    assert [one.title for one in heard["owner"]] == [one.title for one in heard["bo"]] == ["of the shop"]
    assert heard["agent"] == []
