"""The verbs of images. They are pushed and pulled by the clients of registries, at /v2/."""

from nacre.core.operations import Call, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.images.collecting import Collected, Collecting
from nacre.images.showing import ImagesShown, Showing


class ListImages(Call):
    pass


class CollectImages(Call):
    pass


@operation("image.list", "GET /api/images", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def list_images(showing: Showing, who: Principal, call: ListImages) -> ImagesShown:
    """List the images of published apps: their tags and releases, how large they are, and how much of that is shared.

    An app's repository is PROJECT/APP; docker, podman and skopeo push to it and pull from it with a token as password.
    """
    return showing.all(who)


@operation("image.collect", "POST /api/images/collect", role=Role.ADMIN, effect=Effect.WRITE, long=True)
def collect_images(collecting: Collecting, who: Principal, call: CollectImages) -> Collected:
    """Remove the images that nothing needs any more; this also happens by itself, every hour and after publishing.

    Each app's running and last five releases stay, as do tags that people made, and whatever is younger than a day.
    """
    return collecting.collect()
