"""Sets and takes away what is configured for an app, and has a live one go on with it."""

from collections.abc import Callable

from nacre.core.operations import Answer
from nacre.core.principals import Principal, Role
from nacre.publishing.apps import App, Apps
from nacre.publishing.configuration import Configuration, Secret, Variable
from nacre.publishing.showing import ReleaseShown

Renew = Callable[[Principal, App, str], ReleaseShown]
"""Makes a release with the image of the one that serves and the configuration of now; returns when it is live."""


class Configured(Answer):
    """`release` is the one that goes on with the change; None for an app that nothing serves yet."""

    app: str
    name: str
    release: ReleaseShown | None


class Configuring:
    def __init__(self, apps: Apps, configuration: Configuration, renew: Renew) -> None:
        self._apps = apps
        self._configuration = configuration
        self._renew = renew

    def secrets(self, who: Principal, slug: str) -> list[Secret]:
        return self._configuration.secrets(self._apps.of(who, slug, Role.VIEWER))

    def variables(self, who: Principal, slug: str) -> list[Variable]:
        return self._configuration.variables(self._apps.of(who, slug, Role.USER))

    def set_secret(self, who: Principal, slug: str, name: str, value: str) -> Configured:
        app = self._apps.of(who, slug, Role.ADMIN)
        self._configuration.set_secret(app, name, value, who)
        return self._gone_on(who, app, name, f"secret {name} set")

    def unset_secret(self, who: Principal, slug: str, name: str) -> Configured:
        app = self._apps.of(who, slug, Role.ADMIN)
        self._configuration.unset_secret(app, name)
        return self._gone_on(who, app, name, f"secret {name} unset")

    def set_variable(self, who: Principal, slug: str, name: str, value: str) -> Configured:
        app = self._apps.of(who, slug, Role.USER)
        self._configuration.set_variable(app, name, value, who)
        return self._gone_on(who, app, name, f"{name} set")

    def unset_variable(self, who: Principal, slug: str, name: str) -> Configured:
        app = self._apps.of(who, slug, Role.USER)
        self._configuration.unset_variable(app, name)
        return self._gone_on(who, app, name, f"{name} unset")

    def _gone_on(self, who: Principal, app: App, name: str, what: str) -> Configured:
        release = None if app.release is None else self._renew(who, app, what)
        return Configured(app=app.slug, name=name, release=release)
