"""Collection takes what nothing needs, never what something does, and a kill in its middle harms nothing."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nacre.core.errors import NotFound
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.engines.oci.blobs import Blobs
from nacre.images.repository import parse_repository
from nacre.images.tidying import forget_unused, sweep

APP = "shop/shop"
PLACE = parse_repository(APP)


def test_the_newest_five_releases_stay_with_what_a_keeper_tells_of(made):
    releases = [made.release(APP, number) for number in range(1, 9)]
    made.images.keep(lambda: [releases[0].digest])
    made.clock.move(days=2)
    collected = made.collecting.collect()
    assert collected.tags_removed == 2
    assert made.images.tags(PLACE) == ["release-1", *(f"release-{number}" for number in range(4, 9))]
    for number, release in enumerate(releases, 1):
        if number in (2, 3):
            assert not made.blobs.has(release.digest) and not made.blobs.has(release.layers[1].digest)
        else:
            made.images.unpacked(release.digest)
    assert collected.blobs_removed == 6, "manifest, configuration and own layer of two; the shared layer stays"


def test_what_is_younger_than_a_day_stays_whatever_the_tags_say(made):
    releases = [made.release(APP, number) for number in range(1, 8)]
    loose = made.blobs.add(b"of a build that goes on")
    made.collecting.collect()
    assert all(made.blobs.has(release.digest) for release in releases) and made.blobs.has(loose.digest)
    made.clock.move(days=2)
    made.collecting.collect()
    assert not made.blobs.has(loose.digest)


def test_peoples_own_tags_stay_and_what_they_deleted_goes(made):
    kept, gone = made.release(APP, 1), made.release("shop/gone", 1)
    raw = made.images.stored(PLACE, kept.digest)
    made.images.put_manifest(PLACE, "mine", raw.raw, raw.media_type)
    made.images.remove_manifest(PLACE, "release-1")
    made.images.forget("shop", "gone")
    made.clock.move(days=2)
    made.collecting.collect()
    assert made.images.stored(PLACE, "mine").digest == kept.digest
    assert not made.blobs.has(gone.digest)
    with pytest.raises(NotFound):
        made.images.tags(parse_repository("shop/gone"))


def test_root_file_systems_go_with_their_images_and_layers_with_the_last_of_them(made):
    first, second = made.release(APP, 1), made.release(APP, 2)
    places = [made.images.unpacked(each.digest) for each in (first, second)]
    made.images.keep(lambda: [second.digest])
    made.clock.move(days=2)
    made.collecting.collect()
    assert [place.exists() for place in places] == [False, True]
    assert (places[1] / "base").read_bytes() == b"base"
    assert len(list((made.folder / "unpacked" / "layers").iterdir())) == 2
    assert made.images.unpacked(first.digest).exists(), "it is made again from its blobs, which its tag keeps"


@pytest.mark.parametrize("dies_at", range(1, 7))
def test_a_kill_in_the_middle_leaves_no_image_without_its_parts(made, monkeypatch, dies_at):
    for number in range(1, 8):
        made.release(APP, number)
    made.clock.move(days=2)
    remove, calls = Blobs.remove, 0

    def dying(self, digest, unused_since=None):
        nonlocal calls
        calls += 1
        if calls == dies_at:
            raise KeyboardInterrupt
        return remove(self, digest, unused_since)

    with monkeypatch.context() as patched:
        patched.setattr(Blobs, "remove", dying)
        with pytest.raises(KeyboardInterrupt):
            made.collecting.collect()
    for tag in made.images.tags(PLACE):
        made.images.unpacked(made.images.stored(PLACE, tag).digest)
    assert len(made.images.tags(PLACE)) == 5
    made.collecting.collect()
    assert len([*made.blobs]) == 5 * 3 + 1


def test_unfinished_uploads_are_kept_for_a_day(made):
    upload = made.uploads.begin(PLACE, "agent:a")
    made.uploads.append(PLACE, upload.id, "agent:a", 0, b"x" * 100)
    made.collecting.collect()
    assert made.uploads.status(PLACE, upload.id, "agent:a").received_bytes == 100
    made.clock.move(days=2)
    assert made.collecting.collect().freed_bytes >= 100
    with pytest.raises(NotFound):
        made.uploads.status(PLACE, upload.id, "agent:a")


def test_images_are_listed_with_what_they_share_to_those_who_may_see_them(made):
    made.release(APP, 1, b"b" * 5000)
    made.release(APP, 2, b"b" * 5000)
    made.release("other/x", 1)
    shown = made.showing.all(OWNER)
    of_shop = [image for image in shown.images if image.repository == APP]
    assert [image.release for image in of_shop] == [2, 1]
    assert all(5000 < image.shared_bytes < image.size_bytes for image in of_shop)
    assert shown.stored_bytes < sum(image.size_bytes for image in shown.images)
    ann = Principal(Kind.PERSON, "ann", Role.USER, members_only=True, memberships={"other": Role.VIEWER})
    assert [image.repository for image in made.showing.all(ann).images] == ["other/x"]


def test_a_machine_that_only_builds_keeps_what_it_used_of_late(made):
    release = made.release(APP, 1)
    made.images.unpacked(release.digest)
    assert forget_unused(made.blobs, made.rootfs, made.images.bases) == 0
    assert forget_unused(made.blobs, made.rootfs, made.images.bases, kept_for=timedelta(days=-1)) > 0
    assert not [*made.blobs] and not made.rootfs.path(release.digest).exists()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("release"), st.sampled_from("ab"), st.integers(0, 5)),
        st.tuples(st.just("tag"), st.sampled_from("ab"), st.integers(0, 5)),
        st.tuples(st.just("forget"), st.sampled_from("ab"), st.just(0)),
        st.tuples(st.just("collect"), st.sampled_from((1, 30, 60)), st.just(0)),
    ),
    max_size=14,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_is_done_every_tag_leads_to_a_whole_image_and_nothing_else_stays_for_long(made, steps):
    for app in "ab":
        made.images.forget("shop", app)
    numbers = dict.fromkeys("ab", 0)
    wanted: dict[str, dict[str, str]] = {"a": {}, "b": {}}
    for what, which, content in steps:
        if what == "release":
            numbers[which] += 1
            release = made.release(f"shop/{which}", numbers[which], bytes([content]))
            wanted[which][f"release-{numbers[which]}"] = release.digest
        elif what == "tag" and wanted[which]:
            tag = sorted(wanted[which])[content % len(wanted[which])]
            stored = made.images.stored(parse_repository(f"shop/{which}"), tag)
            made.images.put_manifest(
                parse_repository(f"shop/{which}"), f"mine-{content}", stored.raw, stored.media_type
            )
            wanted[which][f"mine-{content}"] = stored.digest
        elif what == "forget":
            made.images.forget("shop", which)
            wanted[which].clear()
        elif what == "collect":
            made.clock.move(hours=int(which))
            made.collecting.collect()
            _drop_old_releases(wanted)
    for app, tags in wanted.items():
        found = made.images.tags(parse_repository(f"shop/{app}")) if tags else []
        assert found == sorted(tags)
        for tag, digest in tags.items():
            assert made.images.stored(parse_repository(f"shop/{app}"), tag).digest == digest
            assert (made.images.unpacked(digest) / "app").exists()
    made.clock.move(days=3)
    made.collecting.collect()
    _drop_old_releases(wanted)
    needed = {digest for tags in wanted.values() for digest in tags.values()}
    parts = {part.digest for digest in needed for part in made.images.manifest(digest).blobs}
    assert {blob.digest for blob in made.blobs} == needed | parts


def _drop_old_releases(wanted: dict[str, dict[str, str]]) -> None:
    for tags in wanted.values():
        releases = sorted((tag for tag in tags if tag.startswith("release-")), key=lambda tag: int(tag[8:]))
        for tag in releases[:-5]:
            del tags[tag]


def test_what_a_kill_left_half_made_goes_at_the_next_start(made):
    release = made.release(APP, 1)
    root = made.images.unpacked(release.digest)
    halves = [
        made.folder / "blobs" / "unfinished" / "half",
        made.folder / "unpacked" / "layers" / "x.unfinished-1" / "fs",
        made.folder / "unpacked" / "spares" / "x.unfinished-1" / "usr",
        made.folder / "compiling-1" / "0.pyc",
    ]
    for half in halves:
        half.mkdir(parents=True) if half.name != "half" else half.touch()
    sweep(made.blobs, made.rootfs, made.images.bases)
    assert not any(half.exists() or (half.parent.name.endswith("-1") and half.parent.exists()) for half in halves)
    assert root.exists() and made.blobs.has(release.digest)
