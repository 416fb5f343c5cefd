"""The verbs that make and steer a published app: publish, app rollback, rewind, stop, start, scale, delete, logs."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, Rare, operation
from nacre.core.principals import Principal, Role
from nacre.history.travel import Only
from nacre.publishing.fields import AppField
from nacre.publishing.publisher import Order, Published, Publisher
from nacre.publishing.showing import AppShown
from nacre.publishing.steering import AppRemoved, Rewound, RolledBack, Steering


class Publish(Call):
    ref: Annotated[Ref, Cli(positional=True), Field(description="The branch to publish: `shop`, or `shop:try-x`.")]
    app: Annotated[
        str | None, Field(max_length=39, examples=["bakery"], description="The app (default: the project's name).")
    ] = None
    commit: Annotated[
        str | None, Field(max_length=200, description="A commit of the project's repository, instead of the files now.")
    ] = None
    message: Annotated[str | None, Cli(short="-m"), Field(max_length=500, description="What it is about.")] = None
    preview: Annotated[
        bool, Field(description="Beside the app, on the branch's own database; so are all branches but main.")
    ] = False
    expires: Annotated[float, Field(gt=0, le=365, description="Days until a preview is removed.")] = 7.0
    again: Annotated[bool, Rare(), Field(description="Also when nothing changed.")] = False


class Rollback(Call):
    app: AppField
    to: Annotated[
        int | None, Field(ge=1, lt=1 << 63, description="The release to go back to (default: the one before).")
    ] = None
    data: Annotated[bool, Field(description="Also put the data back to when the release after that one came.")] = False


class RewindApp(Call):
    app: AppField
    moment: Annotated[
        str, Cli(positional=True), Field(examples=["10m"], description="A time, an age (10m), or a log entry (#12).")
    ]
    code: Annotated[bool, Field(description="Also go back to the release that served then.")] = False
    database_only: Annotated[bool, Field(description="Leave the files in /data as they are.")] = False


class OfApp(Call):
    app: AppField


class ScaleApp(Call):
    app: AppField
    memory_mb: Annotated[int | None, Field(ge=64, le=1 << 20, description="Memory it may take, in MB.")] = None
    cpus: Annotated[float | None, Field(gt=0, le=1024, description="Processors it may keep busy.")] = None
    idle_minutes: Annotated[
        float | None, Field(ge=0, le=10080, description="Minutes without a request until it sleeps; 0: it never does.")
    ] = None


class MoveApp(Call):
    app: AppField
    to: Annotated[str, Field(max_length=39, description="The node that is to run it.", examples=["shelf"])]


class ReadAppLogs(Call):
    app: AppField
    follow: Annotated[bool, Cli(short="-f"), Field(description="Go on with what is written from now on.")] = False
    tail_kb: int = Field(64, ge=0, le=1024, description="How much of the log, from its end, in kB.")


class AppLog(Answer):
    """Empty when it was followed."""

    text: str


@operation(
    "app.publish", "POST /api/projects/{ref}/publish", role=Role.USER, effect=Effect.WRITE, verb="publish",
    speaks=True, first_class=True,
)  # fmt: skip
def publish(publisher: Publisher, who: Principal, call: Publish) -> Published:
    """Make a branch, exactly as it is now, the live app: built into an image, started, checked, then switched.

    The first time it gets a database of its own, with the branch's schema. Until the switch, and whenever anything
    fails, the release before goes on serving; no request is lost.
    """
    order = Order(
        call.ref,
        slug=call.app,
        commit=call.commit,
        message=call.message,
        preview=call.preview,
        lifetime=timedelta(days=call.expires),
        again=call.again,
    )
    return publisher.publish(who, order)


@operation("app.rollback", "POST /api/apps/{app}/rollback", role=Role.VIEWER, effect=Effect.WRITE,
           scoped_by_handler=True, speaks=True)  # fmt: skip
def rollback(steering: Steering, who: Principal, call: Rollback) -> RolledBack:
    """Go back to an earlier release within about a second: nothing is built, nothing is fetched.

    Code and configuration go back; data stays as it is, unless `data` is asked for, which needs the role admin.
    """
    return steering.rollback(who, call.app, call.to, data=call.data)


@operation("app.rewind", "POST /api/apps/{app}/rewind", role=Role.VIEWER, effect=Effect.DESTRUCTIVE,
           scoped_by_handler=True, long=True)  # fmt: skip
def rewind_app(steering: Steering, who: Principal, call: RewindApp) -> Rewound:
    """Put the data of an app, database and /data together, back to a moment. `undo` of its branch takes it back.

    Code stays as it is, unless `code` is asked for. Needs the role admin in the project.
    """
    only: Only = "db" if call.database_only else None
    return steering.rewind(who, call.app, call.moment, only, code=call.code)


@operation("app.stop", "POST /api/apps/{app}/stop", role=Role.VIEWER, effect=Effect.WRITE,
           scoped_by_handler=True, long=True)  # fmt: skip
def stop_app(steering: Steering, who: Principal, call: OfApp) -> AppShown:
    """Stop an app: visitors get a page that says so. Its data stays, and `app start` brings it back."""
    return steering.stop(who, call.app)


@operation("app.start", "POST /api/apps/{app}/start", role=Role.VIEWER, effect=Effect.WRITE,
           scoped_by_handler=True, long=True)  # fmt: skip
def start_app(steering: Steering, who: Principal, call: OfApp) -> AppShown:
    """Start an app that was stopped, with the release that served before."""
    return steering.start(who, call.app)


@operation("app.scale", "PATCH /api/apps/{app}/scale", role=Role.VIEWER, effect=Effect.WRITE,
           scoped_by_handler=True, long=True)  # fmt: skip
def scale_app(steering: Steering, who: Principal, call: ScaleApp) -> AppShown:
    """Say how much an app may use, and whether it sleeps when idle; a live one goes on in a new release."""
    given = call.model_dump(exclude={"app"}, exclude_none=True)
    return steering.scale(who, call.app, given)


@operation("app.move", "POST /api/apps/{app}/move", role=Role.VIEWER, effect=Effect.WRITE,
           scoped_by_handler=True, long=True)  # fmt: skip
def move_app(steering: Steering, who: Principal, call: MoveApp) -> AppShown:
    """Have another machine run an app, without a failed request: it answers there before it ends where it is.

    It stays there until it is moved again, or its node is drained. Its database stays where it is. Needs the role admin
    in the project.
    """
    return steering.move(who, call.app, call.to)


@operation("app.delete", "DELETE /api/apps/{app}", role=Role.VIEWER, effect=Effect.DESTRUCTIVE,
           scoped_by_handler=True, long=True)  # fmt: skip
def delete_app(steering: Steering, who: Principal, call: OfApp) -> AppRemoved:
    """Delete an app with its releases, its configuration, its data and their history. There is no way back.

    A preview goes without its data, which are those of its branch. Needs the role admin in the project.
    """
    return steering.delete(who, call.app)


@operation("app.logs", "GET /api/apps/{app}/logs", role=Role.VIEWER, effect=Effect.READ,
           scoped_by_handler=True, speaks=True)  # fmt: skip
def read_app_log(steering: Steering, who: Principal, call: ReadAppLogs) -> AppLog:
    """Show what an app has written; `--follow` goes on, over switches too. Needs the role user in the project."""
    if call.follow:
        steering.follow_log(who, call.app, call.tail_kb << 10)
        return AppLog(text="")
    return AppLog(text=steering.read_log(who, call.app, call.tail_kb << 10))
