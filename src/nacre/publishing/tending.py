"""Removes previews when their time is over or their branch goes, and finishes removing what a kill cut off."""

import structlog

from nacre.branches.catalog import Branch
from nacre.core.clock import Clock
from nacre.core.names import MAIN
from nacre.core.worker import Worker
from nacre.publishing.apps import App, Apps
from nacre.publishing.steering import Steering

_log = structlog.get_logger()
_LOOK_EVERY_S = 60.0


class Tending(Worker):
    def __init__(self, apps: Apps, steering: Steering, clock: Clock) -> None:
        super().__init__("tend apps")
        self._apps = apps
        self._steering = steering
        self._clock = clock

    def leave(self, branch: Branch) -> None:
        """The branch goes, and with it the previews that live on its data; with a project, whatever never was live."""
        previews = [app for app in self._apps.on_branch(branch) if app.kind == "preview"]
        whole = self._apps.of_project(branch.ref.project) if branch.ref.branch == MAIN else []
        for app in {app.id: app for app in (*previews, *whole)}.values():
            self._steering.remove(app)

    def _work(self) -> None:
        while not self._stopping.is_set():
            for app in self._apps.every():
                if self._is_over(app):
                    self._remove(app)
            self._stopping.wait(_LOOK_EVERY_S)

    def _is_over(self, app: App) -> bool:
        return app.state == "deleting" or (app.expires_at is not None and app.expires_at <= self._clock())

    def _remove(self, app: App) -> None:
        try:
            self._steering.remove(app)
        except Exception:  # tried again with the next look
            _log.exception("an app was not removed", app=app.slug)
