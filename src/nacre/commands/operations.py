"""The verbs of commands: command define, list, show, remove, run."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.commands.commands import Command, CommandRan, CommandRemoved, Commands, MayRun
from nacre.commands.parameters import Parameter
from nacre.core.names import Ref
from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role

ProjectField = Annotated[
    Ref, Cli(positional=True), Field(description="A project; all its branches share its commands.")
]
NameField = Annotated[str, Cli(positional=True), Field(max_length=39, description="The command.")]


class DefineCommand(Call):
    ref: ProjectField
    name: NameField
    argv: Annotated[
        list[Annotated[str, Field(max_length=4000)]],
        Cli(positional=True),
        Field(min_length=1, max_length=200, description="The program and its arguments, {name} for a parameter."),
    ]
    summary: Annotated[str, Field(max_length=500, description="What it does, for those who run it.")] = ""
    parameter: Annotated[
        list[Parameter], Field(max_length=50, description="A parameter, as a JSON object with at least a name.")
    ] = Field(default=[])
    role: Annotated[MayRun, Field(description="The least role that may run it.")] = "user"
    folder: Annotated[str, Field(max_length=1000, description="The folder of the branch that it runs in.")] = ""
    timeout: Annotated[float, Field(gt=0, le=86_400, description="Seconds until it is stopped.")] = 600.0


class OfCommand(Call):
    ref: ProjectField
    name: NameField


class ListCommands(Call):
    ref: ProjectField


class RunCommand(Call):
    ref: Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
    name: NameField
    value: Annotated[
        list[str], Cli(positional=True), Field(max_length=50, description="name=value for each parameter.")
    ] = Field(default=[])


class CommandList(RootModel[list[Command]]):
    pass


@operation("command.define", "PUT /api/projects/{ref}/commands/{name}", role=Role.ADMIN, effect=Effect.WRITE)
def define_command(commands: Commands, who: Principal, call: DefineCommand) -> Command:
    """Define a command that others may run: a fixed program, with typed parameters in places that you choose.

    Every word is one argument, whatever a value holds; no shell is involved. It runs in the workspace of whoever runs
    it.
    """
    return commands.define(
        who,
        call.ref,
        call.name,
        summary=call.summary,
        argv=call.argv,
        parameters=call.parameter,
        role=call.role,
        folder=call.folder,
        timeout_s=call.timeout,
    )


@operation("command.list", "GET /api/projects/{ref}/commands", role=Role.VIEWER, effect=Effect.READ)
def list_commands(commands: Commands, who: Principal, call: ListCommands) -> CommandList:
    """List the commands that are defined for a project."""
    return CommandList(commands.listing(call.ref))


@operation("command.show", "GET /api/projects/{ref}/commands/{name}", role=Role.VIEWER, effect=Effect.READ)
def show_command(commands: Commands, who: Principal, call: OfCommand) -> Command:
    """Show a command: what it runs, its parameters, and who may run it."""
    return commands.show(call.ref, call.name)


@operation("command.remove", "DELETE /api/projects/{ref}/commands/{name}", role=Role.ADMIN, effect=Effect.WRITE)
def remove_command(commands: Commands, who: Principal, call: OfCommand) -> CommandRemoved:
    """Remove a command of a project."""
    return commands.remove(call.ref, call.name)


@operation(
    "command.run", "POST /api/projects/{ref}/commands/{name}/run", role=Role.VIEWER, effect=Effect.WRITE, speaks=True
)
def run_command(commands: Commands, who: Principal, call: RunCommand) -> CommandRan:
    """Run a defined command in your workspace on a branch; what it writes comes as it is written.

    On the command line it ends with the exit code of the program.
    """
    return commands.run(who, call.ref, call.name, call.value)
