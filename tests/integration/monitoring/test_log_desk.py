"""What people are answered about logs: each only what is theirs, page after page, each line once."""

import base64
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from tests.waiting import eventually

from nacre.branches.catalog import Catalog
from nacre.core.clock import system_clock
from nacre.core.errors import InvalidInput, NacreError, NotFound, NotSignedIn, Unavailable
from nacre.core.names import Ref
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.core.progress import Output, watched_by
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.engines.logs import search
from nacre.monitoring.logs import several
from nacre.monitoring.logs.answers import LogLine
from nacre.monitoring.logs.caps import Caps
from nacre.monitoring.logs.desk import LogDesk, Question
from nacre.monitoring.logs.follower import Follower
from nacre.monitoring.logs.shelves import Shelves
from nacre.monitoring.logs.source import Source, write_plan
from nacre.monitoring.logs.turns import Bounds, Turns

COUNT = 40
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
ADA = Principal(Kind.PERSON, "ada", Role.USER, members_only=True, memberships={"shop": Role.ADMIN})
ANN = Principal(Kind.PERSON, "ann", Role.USER, members_only=True, memberships={"shop": Role.USER})


@pytest.fixture(scope="module")
def desk(shelves: Shelves) -> LogDesk:
    return LogDesk(shelves, lambda: {})


@pytest.fixture(scope="module")
def shelves(tmp_path_factory) -> Iterator[Shelves]:
    """Requests of two apps by turns in the gateway's log, and what the app shop itself says."""
    folder = tmp_path_factory.mktemp("logs")
    store = Store(folder / "data.db")
    catalog = Catalog(store, SecretBox(folder / "key"), system_clock, 20_000)
    since = {}
    for name in ("shop", "till"):
        catalog.add_branch(Ref(name), None)
        since[name] = int(catalog.project(name).created_at.timestamp() * 1000)
    (folder / "log").mkdir()
    now = int(time.time())
    with (folder / "log" / "access.log").open("w") as access:
        for at in range(COUNT):
            app = ("shop", "till")[at % 2]
            status = 500 if at % 10 == 0 else 200
            access.write(
                f'{{"ts":{now - 100 + at:.1f},"status":{status},"app":"{app}","uuid":"id-{at}","uri":"/app=shop;"}}\n'
            )
    (folder / "log" / "audit.log").write_text(
        "".join(
            f'{{"time":{now - 60 + at},"project":"{project}","arguments":{{"ref":"till","text":"project=shop"}}}}\n'
            for at, project in enumerate(("shop", "shop", "till"))
        )
    )
    (folder / "log" / "shop.log").write_text("".join(f"said {at}\n" for at in range(COUNT)))
    sources = [
        Source("nacre.access", "access", "nacre", str(folder / "log" / "access.log"), process="access"),
        Source("app.1.1", "app shop", "app", str(folder / "log" / "shop.log"), "shop", since["shop"], "main", "shop"),
        *(
            Source(f"requests.{name}", f"requests {name}", "requests", "", name, since[name], "main", name,
                   view="nacre.access", from_ms=int((now - 100 + 2) * 1000))
            for name in ("shop", "till")
        ),
        Source("audit", "audit", "audit", str(folder / "log" / "audit.log")),
        Source("audit.1", "audit shop", "audit", "", "shop", since["shop"], view="audit", from_ms=(now - 59) * 1000),
    ]  # fmt: skip
    write_plan(folder / "plan.json", sources)
    follower = Follower(folder / "plan.json", folder / "shelves", Caps(1 << 26, 14, 1 << 30))
    while follower.look():
        pass
    follower.close()
    yield Shelves(folder / "shelves", folder / "plan.json", catalog)
    store.close()


def asking(of: str | None = None, text: str = "", *sources: str) -> Question:
    return Question(of, [*sources], text, "unknown", None, None)


def everything(desk: LogDesk, who: Principal, question: Question, most: int = 7) -> list[tuple[str, int]]:
    """Page after page."""
    found: list[tuple[str, int]] = []
    cursor: str | None = None
    while True:
        page = desk.search(who, question, most, cursor)
        found += [(line.source, line.number) for line in page.lines]
        if page.cursor is None:
            return found
        cursor = page.cursor


def test_a_member_sees_what_their_app_was_asked_and_nothing_of_others(desk: LogDesk) -> None:
    assert [one.key for one in desk.all(ANN, None)] == ["app.1.1", "requests.shop"]
    lines = desk.search(ANN, asking(text="*id-*"), 1000, None).lines
    assert len(lines) == COUNT // 2 - 1, "what was asked before the app was made is another's of its name"
    assert all('"app":"shop"' in line.text for line in lines), "nor what was asked of others by a path like a field"
    for of, sources in (("till", ()), (None, ("nacre.access",)), (None, ("requests.till",)), ("access", ())):
        with pytest.raises(NotFound):
            desk.search(ANN, asking(of, "", *sources), 10, None)
    with pytest.raises(NotFound):
        desk.around(ANN, "nacre.access", 1, 5, 5)
    number = lines[5].number
    around = desk.around(ANN, "requests.shop", number, 3, 3).lines
    assert [line.number for line in around] == [number + 2 * step for step in range(-3, 4)]
    with pytest.raises(NotFound):
        desk.around(ANN, "requests.shop", number + 1, 3, 3)


def test_the_admins_of_a_project_see_what_was_done_in_it(desk: LogDesk) -> None:
    found = desk.search(ADA, asking("audit"), 10, None).lines
    assert [line.number for line in found] == [2], "neither what was done in others nor before it was made"
    assert len(desk.search(OWNER, asking("audit"), 10, None).lines) == 3
    with pytest.raises(NotFound):
        desk.search(ANN, asking("audit"), 10, None)


def test_pages_of_several_logs_have_each_line_once(desk: LogDesk) -> None:
    found = everything(desk, ANN, asking())
    assert len(found) == len(set(found)) == COUNT + COUNT // 2 - 1
    whole = everything(desk, OWNER, asking())
    assert len(whole) == len(set(whole)) == 2 * COUNT + 3, "who sees the whole log does not get its parts as well"


def test_counts_are_of_what_one_sees(desk: LogDesk) -> None:
    now = system_clock()
    since = now.fromtimestamp(now.timestamp() - 3600, now.tzinfo)

    def counted(who: Principal, text: str) -> tuple[int, int]:
        buckets = desk.counts(who, asking(text=text), since, now, 60).buckets
        return sum(one.info for one in buckets), sum(one.error for one in buckets)

    assert counted(OWNER, "app=till") == (COUNT // 2, 0)
    assert counted(ANN, "status=500") == (0, COUNT // 10 - 1)
    assert counted(ANN, "app=till") == (0, 0)


def test_what_is_counted_since_ever_and_for_ever_is_all(desk: LogDesk) -> None:
    for since, until in ((FIRST, LAST), (LAST, FIRST)):
        counts = desk.counts(OWNER, asking("app shop"), since, until, 500)
        assert sum(one.unknown for one in counts.buckets) == (COUNT if since < until else 0)


def test_a_cursor_that_was_made_up_is_told_so(desk: LogDesk) -> None:
    for made_up in (b'{"app.1.1":1e999}', b"[1]", b'{"app.1.1":"x"}'):
        with pytest.raises(InvalidInput, match="no cursor"):
            desk.search(ANN, asking(), 10, base64.urlsafe_b64encode(zlib.compress(made_up)).decode())


@pytest.mark.parametrize("at_once", [1000, 3])
def test_those_who_follow_since_a_time_are_told_each_line_of_it_in_order(
    desk: LogDesk, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(several, "follow", partial(search.follow, most=at_once))
    since = system_clock() - timedelta(seconds=80)
    question = Question(None, [], "", "unknown", since, None)
    wanted = {(line.source, line.number) for line in desk.search(ADA, question, 1000, None).lines}
    gone, told = threading.Event(), list[LogLine]()

    def hear(said: Output) -> None:
        told.extend(LogLine.model_validate_json(line) for line in said.data.splitlines())
        if len(told) >= len(wanted):
            gone.set()

    with watched_by(lambda step: None, hear, gone):
        desk.follow(ADA, question, None)
    assert len(told) == len(wanted) > 5 and {(line.source, line.number) for line in told} == wanted
    assert [line.time for line in told] == sorted(line.time for line in told)


def test_whatever_reads_much_of_logs_waits_for_its_turn(shelves: Shelves) -> None:
    """Around a line of a part of a log, as much is looked through as by a search."""
    desk, now = LogDesk(shelves, lambda: {}, Turns(Bounds(most=0, waiting=0))), system_clock()
    for ask in (
        partial(desk.search, ANN, asking(), 5, None),
        partial(desk.counts, ANN, asking(), now - timedelta(hours=1), now, 5),
        partial(desk.around, ANN, "requests.shop", 5, 5, 5),
    ):
        with pytest.raises(Unavailable, match="Others search logs"):
            ask()


def test_those_who_follow_leave_room_for_everything_else(desk: LogDesk) -> None:
    gone = threading.Event()
    said: list[Output] = []

    def follow(who: Principal) -> None:
        with watched_by(lambda step: None, said.append, gone):
            desk.follow(who, asking(), 1)

    threads = [
        threading.Thread(target=follow, args=(who,)) for who in (ANN, replace(ANN, name="bo")) for _ in range(12)
    ]
    try:
        for number, thread in enumerate(threads, 1):  # what each begins with is a search, which has its turn
            thread.start()
            eventually(partial(lambda begun: len(said) == begun, number))
        with pytest.raises(Unavailable, match="24 follow logs already"):
            desk.follow(ANN, asking(), 1)
    finally:
        gone.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
    assert desk.follow(ANN, asking(), 0).lines == 0, "nobody listens, so it ends at once"


def test_a_follow_ends_for_whom_it_is_no_business_any_more(desk: LogDesk) -> None:
    stranger = replace(ANN, memberships={})
    cases: tuple[tuple[str | None, Principal | None, type[NacreError]], ...]
    cases = (("shop", stranger, NotFound), (None, None, NotSignedIn))
    for of, now, refusal in cases:
        said: list[Output] = []
        with watched_by(lambda step: None, said.append, still=partial(_same, now)), pytest.raises(refusal):
            desk.follow(ANN, replace(asking(), of=of), 5)
        assert len(said) == 1, "the latest lines were theirs to read when they asked"


def _same(who: Principal | None) -> Principal | None:
    return who
