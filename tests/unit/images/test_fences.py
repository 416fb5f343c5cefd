"""A node hands in images under the fence of a job that it has now, and nothing else."""

import hashlib

import pytest

from nacre.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nacre.core.names import Ref
from nacre.core.principals import Kind, Principal, Role
from nacre.engines.oci.blobs import Blob
from nacre.engines.oci.digests import Digest
from nacre.images.registry import Caller
from nacre.images.repository import Fence, parse_repository

SHOP, OTHER = parse_repository("shop/shop"), parse_repository("other/x")
DATA = b"a layer"
DIGEST = Digest(f"sha256:{hashlib.sha256(DATA).hexdigest()}")


@pytest.fixture
def claim(made):
    made.jobs.submit("build", "shop", {"project": "shop"}, key="build-1")
    claimed = made.jobs.claim("far/1", ["build"], "key-1")
    assert claimed is not None
    return claimed


def caller(name: str, fence: Fence | None = None) -> Caller:
    return Caller(Principal(Kind.NODE, name, Role.VIEWER, projects=frozenset()), fence, "r")


def test_the_node_that_has_the_job_pushes_and_no_other(made, claim):
    mine = Fence(claim.job.id, claim.fence)
    upload = made.registry.begin_upload(caller("far", mine), SHOP)
    made.registry.append(caller("far", mine), SHOP, upload.id, 0, DATA)
    assert made.registry.finish_upload(caller("far", mine), SHOP, upload.id, DIGEST).size_bytes == len(DATA)
    for refused, who, where in (
        (Conflict, caller("another", mine), SHOP),
        (NotAllowed, caller("far", mine), OTHER),
        (NotAllowed, caller("far"), SHOP),
        (Conflict, caller("far", Fence(claim.job.id, claim.fence + 1)), SHOP),
        (NotFound, caller("far", Fence(999, 1)), SHOP),
    ):
        with pytest.raises(refused):
            made.registry.begin_upload(who, where)
        with pytest.raises(refused):
            made.registry.blob_size(who, where, DIGEST)


def test_a_job_lost_in_mid_push_is_noticed_at_its_end(made, claim):
    lost = caller("far", Fence(claim.job.id, claim.fence))
    upload = made.registry.begin_upload(lost, SHOP)
    made.registry.append(lost, SHOP, upload.id, 0, DATA)
    made.clock.move(minutes=30)
    with pytest.raises(Conflict) as refused:
        made.registry.finish_upload(lost, SHOP, upload.id, DIGEST)
    assert refused.value.code == "stale-fence"
    with pytest.raises(Conflict):
        made.registry.put_manifest(lost, SHOP, "v1", b"{}", "")
    again = made.jobs.claim("near/1", ["build"], "key-2")
    assert again is not None and again.fence > claim.fence
    assert not made.blobs.has(DIGEST)


def test_an_image_of_the_builder_is_recorded_only_under_its_fence(made, claim):
    manifest = made.release("other/x", 1)
    with pytest.raises(NotAllowed):
        made.images.record("other/x", manifest.digest, Fence(claim.job.id, claim.fence))
    made.images.record("shop/shop", manifest.digest, Fence(claim.job.id, claim.fence))
    made.clock.move(minutes=30)
    with pytest.raises(Conflict):
        made.images.record("shop/shop", manifest.digest, Fence(claim.job.id, claim.fence))


def test_a_node_that_runs_apps_reads_every_image_and_pushes_none(made):
    manifest = made.release("shop/shop", 1)
    assert made.registry.manifest(caller("runs-apps"), SHOP, "release-1").digest == manifest.digest
    with pytest.raises(NotAllowed):
        made.registry.begin_upload(caller("runs-apps"), SHOP)


def test_the_layers_of_bases_need_not_be_pushed(made, claim, monkeypatch):
    mine = caller("far", Fence(claim.job_id, claim.fence))
    manifest = made.release("other/x", 1)
    monkeypatch.setattr(type(made.images.bases), "layers", lambda self: {manifest.layers[0].digest})
    assert made.registry.blob_size(mine, SHOP, manifest.layers[0].digest) == manifest.layers[0].size_bytes
    with pytest.raises(NotFound):
        made.registry.put_manifest(mine, SHOP, "v1", manifest.raw, manifest.media_type)
    for part in (manifest.config, manifest.layers[1]):
        made.images.list_blob(SHOP, Blob(part.digest, part.size_bytes))
    made.registry.put_manifest(mine, SHOP, "v1", manifest.raw, manifest.media_type)
    assert made.registry.blob_size(mine, SHOP, manifest.layers[0].digest)


def test_a_workspaces_token_reaches_no_images(made):
    made.release("shop/shop", 1)
    inside = Principal(Kind.AGENT, "ws", Role.USER, projects=frozenset({"shop"}), branch=Ref("shop"))
    with pytest.raises(NotFound):
        made.registry.manifest(Caller(inside, None, "r"), SHOP, "release-1")


def test_reading_one_repository_gives_nothing_of_another(made):
    manifest = made.release("other/x", 1)
    ann = Caller(Principal(Kind.PERSON, "ann", Role.USER, projects=frozenset({"shop"})), None, "r")
    assert not made.registry.mount(ann, SHOP, OTHER, manifest.layers[0].digest)
    with pytest.raises(NotFound):
        made.registry.put_manifest(ann, SHOP, "stolen", manifest.raw, manifest.media_type)
    with pytest.raises(NotFound):
        made.registry.blob_size(ann, SHOP, manifest.layers[0].digest)
    with pytest.raises(InvalidInput):
        made.registry.manifest(ann, SHOP, "../x")
