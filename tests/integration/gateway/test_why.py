"""`nacre why` walks the path of a request, and stops where it is broken."""

import pytest
from tests.integration.gateway.books import books
from tests.integration.gateway.upstream import published

from nacre.core.errors import Failed
from nacre.core.names import Ref
from nacre.core.principals import OWNER
from nacre.gateway.site import Site
from nacre.publishing.releases import Phase

SOURCE = {"kind": "checkpoint", "number": 1, "files_seq": 1}
PATH = ["request", "gateway", "release", "sandbox", "database", "job", "runner", "git"]


@pytest.fixture(scope="module")
def house(gated):
    """A house with the app `ferry`, whose data is the branch `production`."""
    gated.call("project.create", name="ferry")
    gated.call("branch.create", ref="ferry", name="data")
    with books(gated) as kept:
        app = kept.apps.claim("ferry", "production", kept.catalog.branch(Ref("ferry")), OWNER, None)
        kept.apps.update(app, branch_id=kept.catalog.branch(Ref("ferry", "data")).id)
    return gated


def states(why: dict) -> dict[str, str]:
    return {step["step"]: step["state"] for step in why["steps"]}


def release(house, error: str = "", phase: Phase = "live", job: dict | None = None):
    """The app's next release, in that phase; or failed with that error."""
    with books(house) as kept:
        app = kept.apps.find("ferry")
        assert app is not None
        job_id = kept.jobs.submit("nothing", "ferry", {"project": "ferry"}, key=f"{job}").id if job else None
        begun = kept.releases.begin(app, "publish", OWNER, "", source=SOURCE, branch="main", job_id=job_id)
        if error:
            kept.releases.fail(kept.releases.enter(begun, phase), Failed("build-failed", error, hint="Mend it."))
        elif phase == "live":
            kept.releases.go_live(app, begun)
        else:
            kept.releases.enter(begun, phase)
        return begun.number


def test_it_stops_at_the_release_of_an_app_that_was_never_published(house):
    why = house.call("app.why", app="ferry")
    assert why["stops_at"] == "release"
    assert "Nothing of ferry was published yet" in why["said"]
    assert [*states(why)] == PATH
    assert set([*states(why).values()][PATH.index("release") + 1 :]) == {"not-reached"}


def test_a_publish_that_failed_before_any_was_live_is_told_with_its_reason(house):
    release(house, "The lock file does not fit package.json.\nIts log ends with:\nnpm error", "building")
    why = house.call("app.why", app="ferry")
    assert why["stops_at"] == "job"
    assert why["said"].endswith("The lock file does not fit package.json.")
    assert why["steps"][PATH.index("job")]["lines"] == ["Its log ends with:", "npm error"]
    assert why["steps"][PATH.index("job")]["next"] == "Mend it."


def test_all_is_fine_for_an_app_that_answers(house):
    number = release(house)
    with published(house, "ferry", 1):
        why = house.call("app.why", app="ferry")
        assert why["stops_at"] is None, why
        assert set(states(why).values()) == {"fine"}
        said = {step["step"]: step["said"] for step in why["steps"]}
        assert "answers 200" in said["request"]
        assert f"Release {number} serves" in said["release"]
        assert "connections are in use" in said["database"]
        shown = house.run("why", "ferry").stdout
        assert shown.count("✓") == len(PATH)


def test_it_tells_the_apps_own_faults_from_those_on_the_way(house):
    with published(house, "ferry", 2) as app:
        app.status = "500 Internal Server Error"
        why = house.call("app.why", app="ferry")
        assert why["stops_at"] == "sandbox"
        assert states(why)["request"] == "wrong", "what a visitor sees is told first"
        assert "the fault is in the app" in why["said"]
    Site.of(house.settings).switchboard.switch({"ferry": house.home / "run" / "apps" / "ferry" / "gone.sock"})
    why = house.call("app.why", app="ferry")
    assert why["stops_at"] == "sandbox"
    assert "Nobody answers where it should listen" in why["said"]
    assert "the gateway reaches nobody" in why["steps"][0]["said"]


def test_a_database_that_is_not_there_is_where_it_stops(house):
    with published(house, "ferry", 4) as app, books(house) as kept:
        data = kept.catalog.branch(Ref("ferry", "data"))
        kept.catalog.set_state(data.id, "creating")
        try:
            why = house.call("app.why", app="ferry")
            app.status = "500 Internal Server Error"
            broken = house.call("app.why", app="ferry")
        finally:
            kept.catalog.set_state(data.id, "running")
    assert why["stops_at"] == "database"
    assert why["said"].startswith("ferry answers, but something is wrong")
    assert broken["stops_at"] == "database", "the app answers 500 because of it"
    assert (states(broken)["sandbox"], states(broken)["job"]) == ("wrong", "not-reached")


def test_a_build_that_nobody_takes_is_told(house):
    house.call("node.drain", name="local")
    try:
        release(house, phase="building", job={"nobody": "takes it"})
        with published(house, "ferry", 3):
            why = house.call("app.why", app="ferry")
    finally:
        house.call("node.drain", name="local", off=True)
    assert why["stops_at"] == "runner"
    assert "local is drained" in why["said"]
