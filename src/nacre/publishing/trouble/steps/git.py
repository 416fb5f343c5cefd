"""Git: whether what was published is still there, and whether the branch has gone on since."""

from typing import ClassVar

from nacre.core.errors import NacreError
from nacre.publishing.showing import source_in_words
from nacre.publishing.trouble.case import Case
from nacre.publishing.trouble.step import Step, Verdict, fine, unknown, wrong


class Git(Step):
    place: ClassVar[int] = 8

    def look(self, case: Case) -> Verdict:
        release = case.live or case.newest
        if release is None:
            return unknown("Nothing was published, so there is nothing to compare.")
        said = f"Release {release.number} is {source_in_words(release)} of {release.branch}"
        if release.source["kind"] != "commit":
            return fine(f"{said}, a checkpoint: git had no part in it.")
        shelf, project = case.parts.shelf, case.app.project
        if not shelf.exists(project):
            return wrong(
                f"{said}, but {project} has no repository.", "Push to it again; the image of the release is kept."
            )
        repository = shelf.open(project)
        try:
            repository.commit(str(release.source["sha"]))
        except NacreError:
            return wrong(
                f"{said}, which the repository does not have any more.",
                "What serves is kept as an image. To build it anew, push that commit again.",
            )
        head = repository.refs(f"refs/heads/{release.branch}").get(f"refs/heads/{release.branch}")
        if head is None or head == release.source["sha"]:
            return fine(f"{said}, the newest.")
        return fine(f"{said}; the branch has gone on to {head[:12]} since.")
