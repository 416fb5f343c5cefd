"""Sessions: their secret changes; they end when idle, old, signed out or copied; each person rules over their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from tests.integration.accounts.conftest import TurnedClock
from tests.integration.accounts.door import PASSWORD, Browser, Door, code_of

Make = Callable[..., Browser]
NAME = "nacre-session"


def test_the_secret_changes_every_hour_and_nobody_notices(door: Door, browser: Make, clock: TurnedClock) -> None:
    ann = browser("ann")
    secrets = [ann.client.cookies[NAME]]
    for _ in range(3):
        clock.ahead += timedelta(hours=1, seconds=1)
        assert ann.session().status_code == 200
        assert ann.call(door, "account.update", language="zh").status_code == 200, "the CSRF token stays"
        secrets.append(ann.client.cookies[NAME])
    assert len(set(secrets)) == 4


def test_parallel_requests_are_all_handed_the_same_next_secret(browser: Make, clock: TurnedClock) -> None:
    ann = browser("ann")
    old = ann.client.cookies[NAME]
    clock.ahead += timedelta(hours=2)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: bare(ann, old), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    fresh = {answer.headers["set-cookie"].split(";")[0] for answer in answers}
    assert len(fresh) == 1


def test_an_answer_that_is_lost_loses_nobodys_session(browser: Make, clock: TurnedClock) -> None:
    ann = browser("ann")
    old = ann.client.cookies[NAME]
    clock.ahead += timedelta(hours=2)
    assert bare(ann, old).status_code == 200
    clock.ahead += timedelta(hours=2)
    assert bare(ann, old).status_code == 200, "the next secret was never used, so this one still holds"


def test_a_copied_secret_works_for_a_moment_and_then_ends_the_session(browser: Make, clock: TurnedClock) -> None:
    ann = browser("ann")
    copied = ann.client.cookies[NAME]
    clock.ahead += timedelta(hours=2)
    for _ in range(2):
        assert ann.session().status_code == 200
    assert bare(ann, copied).status_code == 200, "requests under way may still carry it"
    clock.ahead += timedelta(minutes=2)
    assert code_of(bare(ann, copied)) == "session-over"
    assert code_of(ann.session()) == "session-over", "one of the two is a thief: both must sign in again"


def test_idle_sessions_end_and_used_ones_last_thirty_days(browser: Make, clock: TurnedClock) -> None:
    idle, used = browser("ann"), browser("ann")
    began = clock.ahead
    clock.ahead += timedelta(hours=11)
    assert used.session().status_code == 200
    clock.ahead += timedelta(hours=2)
    assert code_of(idle.session()) == "session-over"
    while clock.ahead < began + timedelta(days=29, hours=20):
        assert used.session().status_code == 200
        clock.ahead += timedelta(hours=11)
    clock.ahead = began + timedelta(days=30, seconds=1)
    assert code_of(used.session()) == "session-over"


def test_signing_out_ends_this_session_only(door: Door, browser: Make) -> None:
    one, other = browser("ann"), browser("ann")
    secret = one.client.cookies[NAME]
    assert one.request("POST", "/api/sign-out").status_code == 204
    assert NAME not in one.client.cookies
    assert code_of(bare(one, secret)) == "session-over"
    assert other.session().status_code == 200
    assert door.ground.audit.entries(1)[0].operation == "sign-out"


def test_each_sees_and_ends_their_own_sessions(door: Door, browser: Make) -> None:
    ann, elsewhere, bob = browser("ann"), browser("ann"), browser("bob")
    mine = ann.call(door, "session.list").json()
    assert {session["person"] for session in mine} == {"ann"}
    assert [session["current"] for session in mine].count(True) == 1
    assert mine[0]["agent"] == "a browser"
    theirs = elsewhere.call(door, "session.list").json()
    number = next(session["id"] for session in theirs if session["current"])
    assert code_of(bob.call(door, "session.end", id=number)) == "session-not-found"
    assert code_of(bob.call(door, "session.list", person="ann")) == "not-allowed"
    assert elsewhere.session().status_code == 200
    assert ann.call(door, "session.end", id=number).status_code == 200
    assert code_of(elsewhere.session()) == "session-over"


def test_signing_out_everywhere_keeps_the_one_that_asks(door: Door, browser: Make) -> None:
    ann, others = browser("ann"), [browser("ann") for _ in range(3)]
    assert ann.call(door, "session.end-others").json()["ended"] >= 3
    assert ann.session().status_code == 200
    assert {code_of(other.session()) for other in others} == {"session-over"}


def test_a_new_password_ends_the_other_sessions(door: Door, browser: Make) -> None:
    cid, other = browser("cid"), browser("cid")
    wrong = cid.call(door, "account.change-password", current="not it at all", new="a new one for cid")
    assert code_of(wrong) == "wrong-password"
    weak = cid.call(door, "account.change-password", current=PASSWORD, new="cid")
    assert code_of(weak) == "weak-password"
    done = cid.call(door, "account.change-password", current=PASSWORD, new="a new one for cid")
    assert done.json() == {"sessions_ended": 1}
    assert cid.session().status_code == 200
    assert code_of(other.session()) == "session-over"
    assert browser().sign_in("cid", "a new one for cid").status_code == 200
    assert "a new one" not in str(door.ground.audit.entries(10))


@pytest.mark.usefixtures("stopped")
def test_a_stolen_session_cannot_guess_the_password(door: Door, browser: Make) -> None:
    dot = browser("dot")
    codes = [
        code_of(dot.call(door, "account.change-password", current=f"guess number {n}", new="x" * 12)) for n in range(7)
    ]
    assert codes == ["wrong-password"] * 5 + ["too-many-attempts"] * 2


def bare(browser: Browser, secret: str) -> httpx.Response:
    """A request that carries this very secret, whatever the browser has kept since."""
    return httpx.get(f"{browser.client.base_url}/api/session", headers={"Cookie": f"{NAME}={secret}"})


def test_a_page_that_listens_is_cut_off_when_its_session_ends(door: Door, browser: Make) -> None:
    eli = browser("eli")
    with eli.client.stream("GET", "/api/events", timeout=20) as events:
        lines = events.iter_lines()
        next(lines)
        browser("eli").call(door, "session.end-others")
        door.call("person.update", name="eli", display_name="Eli")  # something happens, and the stream looks again
        assert [line for line in lines if line.startswith("event:")] == []


def test_what_happens_in_a_project_is_told_to_its_members_of_now(door: Door, browser: Make) -> None:
    door.make_project("stage")
    flo, outsider = browser("flo"), browser("outsider")
    door.call("member.set", ref="stage", name="flo", role="viewer")
    seen: dict[str, list[str]] = {}
    for name, one in (("flo", flo), ("outsider", outsider)):
        with one.client.stream("GET", "/api/events", headers={"Last-Event-ID": "0"}, timeout=20) as events:
            lines = events.iter_lines()
            next(lines)
            door.call("member.set", ref="stage", name=name, role="viewer")
            seen[name] = [next(line for line in lines if line.startswith("data:"))]
    assert '"name":"flo"' in seen["flo"][0].replace(" ", "")
    assert "person." not in str(seen)
