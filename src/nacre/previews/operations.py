"""The verbs of previews."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.previews.desk import Desk
from nacre.previews.status import PlanShown, PreviewStatus

RefField = Annotated[Ref, Cli(positional=True), Field(description="The branch: `shop`, or `shop:try-x`.")]


class OfPreview(Call):
    ref: RefField


class ListPreviews(Call):
    pass


class ReadLogs(Call):
    ref: RefField
    follow: Annotated[bool, Cli(short="-f"), Field(description="Go on with what is written from now on.")] = False
    tail_kb: int = Field(64, ge=0, le=1024, description="How much of the log, from its end, in kB.")


class PreviewList(RootModel[list[PreviewStatus]]):
    pass


class PreviewLog(Answer):
    """Empty when it was followed; `cut` tells that there was more before it."""

    text: str
    cut: bool


@operation(
    "preview.start",
    "POST /api/projects/{ref}/preview/start",
    role=Role.USER,
    effect=Effect.WRITE,
    long=True,
)
def start_preview(desk: Desk, who: Principal, call: OfPreview) -> PreviewStatus:
    """Run a branch's development server, in your workspace, and wait until it answers at its address.

    How it is run is detected, or said in the project's nacre.toml. It also starts by itself when its address is opened.
    """
    return desk.start(who, call.ref)


@operation("preview.stop", "POST /api/projects/{ref}/preview/stop", role=Role.USER, effect=Effect.WRITE)
def stop_preview(desk: Desk, who: Principal, call: OfPreview) -> PreviewStatus:
    """Stop a branch's development server; it starts again when its address is opened."""
    return desk.stop(call.ref)


@operation(
    "preview.restart", "POST /api/projects/{ref}/preview/restart", role=Role.USER, effect=Effect.WRITE, long=True
)
def restart_preview(desk: Desk, who: Principal, call: OfPreview) -> PreviewStatus:
    """Stop a branch's development server and run it anew, in your workspace."""
    return desk.restart(who, call.ref)


@operation("preview.status", "GET /api/projects/{ref}/preview", role=Role.VIEWER, effect=Effect.READ)
def show_preview(desk: Desk, who: Principal, call: OfPreview) -> PreviewStatus:
    """Show a branch's preview: its address, whether it runs, in whose workspace, and why not if it does not."""
    return desk.status(call.ref)


@operation("preview.list", "GET /api/previews", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def list_previews(desk: Desk, who: Principal, call: ListPreviews) -> PreviewList:
    """List the previews that run or failed, in the projects that are yours to see."""
    return PreviewList(desk.all(who))


@operation("preview.plan", "GET /api/projects/{ref}/preview/plan", role=Role.VIEWER, effect=Effect.READ)
def plan_preview(desk: Desk, who: Principal, call: OfPreview) -> PlanShown:
    """Show how a branch would be run: the framework, the command line, its environment, and what is not installed."""
    return desk.plan(call.ref)


@operation("preview.logs", "GET /api/projects/{ref}/preview/logs", role=Role.VIEWER, effect=Effect.READ, speaks=True)
def read_preview_log(desk: Desk, who: Principal, call: ReadLogs) -> PreviewLog:
    """Show what a branch's development server has written, also after its end; `--follow` goes on.

    Over HTTP a follower asks for `text/event-stream` and gets `output` events.
    """
    if call.follow:
        desk.follow(call.ref, call.tail_kb << 10)
        return PreviewLog(text="", cut=False)
    log = desk.log(call.ref, call.tail_kb << 10)
    return PreviewLog(text=log.text, cut=log.cut)
