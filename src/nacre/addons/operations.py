"""The verbs of add-ons."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.addons.desk import AddOnShown, Desk
from nacre.core.names import Ref
from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role

NameField = Annotated[
    str,
    Cli(positional=True),
    Field(description="code-server, jupyter, claude-code, codex, opencode or node.", max_length=40),
]


class ListAddOns(Call):
    pass


class OfAddOn(Call):
    name: NameField


class InWorkspace(Call):
    name: NameField
    ref: Annotated[Ref, Cli(positional=True), Field(description="The branch: `shop`, or `shop:try-x`.")]
    person: Annotated[str | None, Field(description="Whose workspace (default: your own).")] = None


class AddOnList(RootModel[list[AddOnShown]]):
    pass


@operation("addon.list", "GET /api/addons", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def list_addons(desk: Desk, who: Principal, call: ListAddOns) -> AddOnList:
    """List the add-ons there are, which are installed on this machine, and what the others lack."""
    return AddOnList(desk.all())


@operation("addon.install", "POST /api/addons/{name}", role=Role.ADMIN, effect=Effect.WRITE, long=True, speaks=True)
def install_addon(desk: Desk, who: Principal, call: OfAddOn) -> AddOnShown:
    """Install VS Code, JupyterLab or a coding agent for the workspaces of this machine.

    It runs in a sandbox without credentials, from versions that are locked. Where it cannot be installed the answer
    says what is missing, and nothing is left behind.
    """
    return desk.install(call.name)


@operation("addon.remove", "DELETE /api/addons/{name}", role=Role.ADMIN, effect=Effect.WRITE)
def remove_addon(desk: Desk, who: Principal, call: OfAddOn) -> AddOnShown:
    """Remove an add-on from this machine; settings that people made in it stay in their homes."""
    return desk.remove(call.name)


@operation("addon.start", "POST /api/projects/{ref}/addons/{name}/start", role=Role.USER, effect=Effect.WRITE)
def start_addon(desk: Desk, who: Principal, call: InWorkspace) -> AddOnShown:
    """Start an add-on that has pages in your workspace on a branch; opening its page does that, too."""
    return desk.start(who, call.person, call.name, call.ref)


@operation("addon.stop", "POST /api/projects/{ref}/addons/{name}/stop", role=Role.USER, effect=Effect.WRITE)
def stop_addon(desk: Desk, who: Principal, call: InWorkspace) -> AddOnShown:
    """Stop an add-on in your workspace on a branch."""
    return desk.stop(who, call.person, call.name, call.ref)
