"""The verbs of publishing: app list and show, release list and show; the others are in the files named here."""

from pydantic import RootModel

from nacre.core.operations import Call, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.publishing import (  # noqa: F401  (declare verbs)
    app_operations,
    approval_operations,
    configuration_operations,
    cron_operations,
    domain_operations,
    why_operations,
)
from nacre.publishing.fields import AppField, NumberField
from nacre.publishing.showing import AppShown, ReleaseDetail, ReleaseShown, Showing


class ListApps(Call):
    pass


class OfApp(Call):
    app: AppField


class OfRelease(Call):
    app: AppField
    number: NumberField


class AppList(RootModel[list[AppShown]]):
    pass


class ReleaseList(RootModel[list[ReleaseShown]]):
    pass


@operation("app.list", "GET /api/apps", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def list_apps(showing: Showing, who: Principal, call: ListApps) -> AppList:
    """List the published apps of your projects, then the previews of branches: address, release, how they run."""
    return AppList(showing.all(who))


@operation("app.show", "GET /api/apps/{app}", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def show_app(showing: Showing, who: Principal, call: OfApp) -> AppShown:
    """Show a published app: its address, the release that serves, the newest one, where its data is."""
    return showing.one(who, call.app)


@operation("release.list", "GET /api/apps/{app}/releases", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def list_releases(showing: Showing, who: Principal, call: OfApp) -> ReleaseList:
    """List the releases of an app, newest first: what was published, by whom, how it ended and how long it took."""
    return ReleaseList(showing.releases(who, call.app))


@operation(
    "release.show", "GET /api/apps/{app}/releases/{number}", role=Role.VIEWER, effect=Effect.READ,
    scoped_by_handler=True,
)  # fmt: skip
def show_release(showing: Showing, who: Principal, call: OfRelease) -> ReleaseDetail:
    """Show a release: its phases and times, what it changed against the one before, its log (viewers see none)."""
    return showing.release(who, call.app, call.number)
