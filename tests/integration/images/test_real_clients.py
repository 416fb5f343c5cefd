"""Other people's clients push to the registry, pull from it, and run what they pulled."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.images.conftest import ran

PLAIN = "--tls-verify=false"


@pytest.fixture(scope="module")
def pushed(registry, image):
    blobs, manifest = image
    with registry.client("shop/real") as client:
        client.push(blobs, manifest.digest, "v1")
    return f"docker://{registry.host}/shop/real"


@pytest.fixture
def short_path() -> Iterator[Path]:
    """podman takes no longer ones for what it runs."""
    folder = Path(tempfile.mkdtemp(prefix="oci-"))
    yield folder
    shutil.rmtree(folder)


def test_skopeo_looks_at_it_copies_it_out_and_pushes_it_back(registry, image, pushed, tmp_path):
    digest, credentials = image[1].digest, f"any:{registry.token}"
    told = json.loads(ran("skopeo", "inspect", PLAIN, "--creds", credentials, f"{pushed}:v1"))
    assert (told["Digest"], told["RepoTags"], told["Labels"]) == (digest, ["v1"], {"dev.nacre.app": "shop"})
    ran("skopeo", "copy", "-q", "--src-tls-verify=false", "--src-creds", credentials,
        f"{pushed}@{digest}", f"oci:{tmp_path}/layout:v1")  # fmt: skip
    ran("skopeo", "copy", "-q", "--dest-tls-verify=false", "--dest-creds", credentials,
        f"oci:{tmp_path}/layout:v1", f"{pushed}:again")  # fmt: skip
    with registry.http() as http:
        again = http.get("/shop/real/manifests/again").json()
    assert again["config"]["digest"] == image[1].config.digest, "skopeo compresses what it pushes, and it is the same"


def test_skopeo_pushes_dockers_own_form_with_compressed_layers(registry, pushed, tmp_path):
    credentials = f"any:{registry.token}"
    ran("skopeo", "copy", "-q", "--src-tls-verify=false", "--src-creds", credentials, "--dest-tls-verify=false",
        "--dest-creds", credentials, "--format", "v2s2", "--dest-compress", f"{pushed}:v1", f"{pushed}-docker:v1",
        )  # fmt: skip
    with registry.http() as http:
        told = http.get("/shop/real-docker/manifests/v1")
    assert told.headers["content-type"] == "application/vnd.docker.distribution.manifest.v2+json"
    ran("skopeo", "copy", "-q", "--src-tls-verify=false", "--src-creds", credentials,
        f"{pushed}-docker:v1", f"dir:{tmp_path}/out")  # fmt: skip


def test_skopeo_lists_and_deletes_tags(registry, image, pushed):
    blobs, manifest = image
    credentials = f"any:{registry.token}"
    with registry.client("shop/short") as client:
        client.push(blobs, manifest.digest, "a", "b")
    place = f"docker://{registry.host}/shop/short"
    assert json.loads(ran("skopeo", "list-tags", PLAIN, "--creds", credentials, place))["Tags"] == ["a", "b"]
    ran("skopeo", "delete", PLAIN, "--creds", credentials, f"{place}:a")
    with registry.http() as http:
        assert http.get("/shop/short/manifests/b").status_code == 404, "skopeo deletes by digest, so all its tags go"


@pytest.mark.root
def test_buildah_pulls_it_and_runs_it(registry, pushed, short_path):
    buildah = ("buildah", "--root", short_path / "root", "--runroot", short_path / "run", "--storage-driver", "vfs")
    container = ran(*buildah, "from", "-q", PLAIN, "--creds", f"any:{registry.token}", f"{pushed}:v1").strip()
    try:
        said = ran(*buildah, "run", "--isolation", "chroot", container, "--", "sh", "-c", "cat /app/hello; id -un")
        assert said == "hello from the image\napp\n"
    finally:
        ran(*buildah, "rm", container)
