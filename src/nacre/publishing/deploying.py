"""What a release is run with: its image, how that is run, and how it reaches its data."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.clusters import Clusters
from nacre.branches.places import Places
from nacre.engines.oci.digests import parse_digest
from nacre.images.runspec import RunSpec
from nacre.publishing.apps import App, Apps, Scale
from nacre.publishing.building import repository
from nacre.publishing.configuration import Configuration
from nacre.publishing.environment import database_variables
from nacre.publishing.releases import Release
from nacre.runtime.deployed import Deployed


class Deploying:
    def __init__(
        self, apps: Apps, configuration: Configuration, catalog: Catalog, clusters: Clusters, places: Places
    ) -> None:
        self._apps = apps
        self._configuration = configuration
        self._catalog = catalog
        self._clusters = clusters
        self._places = places

    def deployed(self, app: App, release: Release) -> Deployed:
        """A release that has its image, and its app's data."""
        assert release.digest is not None and release.run is not None
        run = scaled(RunSpec.model_validate(release.run), app.scale)
        configured = dict(self._configuration.opened(app, release.environment))
        branch = self._apps.branch(app)
        deployed = Deployed(
            app=app.slug,
            release=release.number,
            digest=parse_digest(release.digest),
            run=run,
            repository=repository(app),
            env=configured,
        )
        if branch is None:
            return deployed
        seat = self._clusters.seat(branch)
        reach = database_variables(branch.ref.project, self._catalog.password(branch), seat.port)
        return replace(
            deployed,
            env={**configured, **reach},
            database=seat.socket_dir,
            database_port=seat.port,
            data=self._data(app, branch),
        )

    def remove(self, app: App) -> None:
        """What a preview kept beside its branch."""
        shutil.rmtree(self._of_preview(app), ignore_errors=True)

    def _data(self, app: App, branch: Branch) -> Path:
        """The files of the production branch; a preview's branch has the source there, so it gets a folder beside."""
        if app.kind == "production":
            return self._places.files(branch.ref)
        folder = self._of_preview(app)
        for each in (folder.parent, folder):
            each.mkdir(exist_ok=True)
            each.chmod(0o711)
        if self._clusters.owner is not None:
            os.chown(folder, self._clusters.owner.uid, self._clusters.owner.gid)
        return folder

    def _of_preview(self, app: App) -> Path:
        return self._places.home / "preview-data" / str(app.id)


def scaled(run: RunSpec, scale: Scale) -> RunSpec:
    """How it is run where something was said to the app itself."""
    said = scale.model_dump(exclude_none=True)
    if said.get("idle_minutes") == 0:
        said["idle_minutes"] = None
    return run.model_copy(update=said)
