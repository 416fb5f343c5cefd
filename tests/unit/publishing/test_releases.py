"""The rules of releases: which phase follows, where a rollback leads, which images stay."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.conftest import START

from nacre.branches.catalog import Catalog
from nacre.core.errors import Conflict
from nacre.core.names import Ref
from nacre.core.principals import OWNER
from nacre.core.secrets import SecretBox
from nacre.publishing.apps import App, Apps
from nacre.publishing.driver import following
from nacre.publishing.keeping import KEPT, kept
from nacre.publishing.releases import PHASES, Kind, Release, Releases

SOURCE = {"kind": "commit", "sha": "1" * 40}


@pytest.fixture
def apps(store, clock, tmp_path: Path) -> Apps:
    catalog = Catalog(store, SecretBox(tmp_path / "secret.key"), clock, 30_000)
    catalog.add_branch(Ref("shop"), None)
    return Apps(store, catalog, clock)


@pytest.fixture
def app(apps) -> App:
    return apps.claim("shop", "production", apps._catalog.branch(Ref("shop")), OWNER, None)


@pytest.fixture
def releases(store, clock) -> Releases:
    return Releases(store, clock)


def make_live(releases, apps, app, kind: Kind = "publish", image_of: int | None = None) -> Release:
    release = releases.begin(app, kind, OWNER, "", source=SOURCE, branch="main", image_of=image_of)
    while release.phase != "switching":
        release = releases.enter(release, following(release))
    return releases.go_live(apps.by_id(app.id), release)


def test_a_release_goes_through_all_phases_and_one_that_takes_an_image_over_only_starts(releases, apps, app):
    first = make_live(releases, apps, app)
    assert tuple(first.seconds) == PHASES[: PHASES.index("live")]
    second = make_live(releases, apps, app, "configuration", image_of=1)
    assert tuple(second.seconds) == ("queued", "starting", "switching")
    assert (apps.by_id(app.id).release, second.replaces) == (2, 1)


def test_a_rollback_leads_back_and_a_second_one_further_back_never_forth(releases, apps, app):
    made = [make_live(releases, apps, app) for _ in range(3)]
    assert releases.before(app, made[2]).number == 2
    back = make_live(releases, apps, app, "rollback", image_of=2)
    assert releases.before(app, back).number == 1
    configured = make_live(releases, apps, app, "configuration", image_of=2)
    assert releases.before(app, configured).number == back.number, "a changed setting goes back to how it was"
    assert releases.before(app, made[0]) is None


def test_a_release_that_failed_is_over_and_is_nothing_to_go_back_to(releases, apps, app):
    make_live(releases, apps, app)
    failing = releases.begin(app, "publish", OWNER, "", source=SOURCE, branch="main")
    failed = releases.fail(failing, Conflict("build-failed", "It does not build.", hint="Mend it."))
    assert (failed.phase, failed.failed_in, failed.error_code) == ("failed", "queued", "build-failed")
    assert releases.open(app) == []
    third = make_live(releases, apps, app)
    assert releases.before(app, third).number == 1


def test_the_release_that_served_at_a_moment_is_found(releases, apps, app):
    first, second = (make_live(releases, apps, app) for _ in range(2))
    assert releases.at(app, START) is None
    assert releases.at(app, first.finished_at).number == 1
    assert releases.at(app, second.finished_at).number == 2


RELEASES = st.lists(
    st.builds(
        Release,
        id=st.integers(), app_id=st.just(1), number=st.integers(1, 99), kind=st.just("publish"),
        phase=st.sampled_from(PHASES), source=st.just(SOURCE), branch=st.just("main"), message=st.none(),
        who=st.just("owner:owner"), digest=st.none() | st.sampled_from("abcdefgh"), run=st.none(),
        environment=st.just(""), job_id=st.none(), image_of=st.none(), replaces=st.none(), checkpoint=st.none(),
        claimed=st.just(False), tables=st.none(), seconds=st.just({}), created_at=st.just(START),
        entered_at=st.just(START), finished_at=st.none(), failed_in=st.none(), error_code=st.none(),
        error_message=st.none(), error_hint=st.none(),
    ),
    max_size=30,
)  # fmt: skip


@given(RELEASES, st.data())
def test_what_serves_or_may_come_to_serve_keeps_its_image_and_not_much_else(found, data):
    serving = data.draw(st.none() | st.sampled_from([one.number for one in found])) if found else None
    images = kept(found, serving)
    needed = {one.digest for one in found if one.digest and (one.number == serving or not one.ended)}
    assert needed <= images
    assert len(images - needed) <= KEPT
    live = list(dict.fromkeys(one.digest for one in found if one.phase == "live" and one.digest))
    assert set(live[:KEPT]) <= images
