"""The commands of projects: defined by admins, run by those who may, in the runner's own workspace."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Row, delete, insert, select

from nacre.branches.catalog import Catalog
from nacre.commands.parameters import Parameter, check, read_values
from nacre.commands.tables import commands
from nacre.commands.template import check_template, fill
from nacre.core.clock import Clock
from nacre.core.errors import InvalidInput, NotAllowed, NotFound
from nacre.core.names import MAIN, Ref, check_slug
from nacre.core.operations import Answer
from nacre.core.principals import Principal, Role
from nacre.engines.files.paths import read_path
from nacre.workspaces.acting import acting_for
from nacre.workspaces.execution import Executed, Execution

WORKSPACE = "/workspace"
MayRun = Literal["viewer", "user", "admin"]


class Command(Answer):
    """`argv` holds {name} where a parameter's value goes. `role` is the least one that may run it."""

    name: str
    summary: str
    argv: list[str]
    parameters: list[Parameter]
    role: MayRun
    folder: str
    timeout_seconds: float
    defined_by: str
    defined_at: datetime


class CommandRan(Executed):
    """`argv` is what was run."""

    argv: list[str]


class CommandRemoved(Answer):
    name: str


class Commands:
    def __init__(self, catalog: Catalog, execution: Execution, clock: Clock) -> None:
        self._catalog = catalog
        self._execution = execution
        self._clock = clock

    def define(
        self,
        who: Principal,
        ref: Ref,
        name: str,
        *,
        summary: str,
        argv: list[str],
        parameters: list[Parameter],
        role: MayRun,
        folder: str,
        timeout_s: float,
    ) -> Command:
        """Make or replace a command of the project. Raises InvalidInput "bad-command"."""
        project_id = self._catalog.branch(ref).project_id
        check_slug(name, "command")
        check_template(argv, parameters)
        for parameter in parameters:
            if parameter.default is not None:
                check(parameter, parameter.default)
        read_path(folder)
        values = {
            "project_id": project_id, "name": name, "summary": summary, "argv": argv,
            "parameters": [parameter.model_dump(mode="json") for parameter in parameters], "role": role,
            "folder": folder, "timeout_s": timeout_s, "defined_by": str(who), "defined_at": self._clock(),
        }  # fmt: skip
        with self._catalog.store.write() as connection:
            connection.execute(delete(commands).where(commands.c.project_id == project_id, commands.c.name == name))
            connection.execute(insert(commands).values(**values))
        return self.show(ref, name)

    def listing(self, ref: Ref) -> list[Command]:
        """The project's commands, by name."""
        project_id = self._catalog.branch(ref).project_id
        query = select(commands).where(commands.c.project_id == project_id).order_by(commands.c.name)
        with self._catalog.store.read() as connection:
            return [_command(row) for row in connection.execute(query)]

    def show(self, ref: Ref, name: str) -> Command:
        """Raises NotFound "command-not-found"."""
        found = next((command for command in self.listing(ref) if command.name == name), None)
        if found is None:
            raise NotFound(
                "command-not-found",
                f"“{ref.project}” has no command “{name:.100}”.",
                hint=f"`nacre command list {ref.project}` shows them.",
            )
        return found

    def remove(self, ref: Ref, name: str) -> CommandRemoved:
        """Raises NotFound "command-not-found"."""
        self.show(ref, name)
        project_id = self._catalog.branch(ref).project_id
        with self._catalog.store.write() as connection:
            connection.execute(delete(commands).where(commands.c.project_id == project_id, commands.c.name == name))
        return CommandRemoved(name=name)

    def run(self, who: Principal, ref: Ref, name: str, given: list[str]) -> CommandRan:
        """Run a command in the caller's workspace on the branch, its output passed on as it comes.

        Raises NotAllowed "command-not-yours", InvalidInput about values, and what running in a workspace raises.
        """
        self._catalog.branch(ref)
        command = self.show(ref, name)
        if (who.role_in(ref.project) or Role.VIEWER) < Role.of(command.role):
            raise NotAllowed(
                "command-not-yours",
                f"“{name}” may be run with the role {command.role} in “{ref.project}”; {who} has a lower one.",
                hint="Ask an admin of the project.",
            )
        person = acting_for(who, None, ref)
        values = read_values(command.parameters, given)
        self._require_branches(ref, command.parameters, values)
        argv = fill(command.argv, command.parameters, values)
        folder = f"{WORKSPACE}/{command.folder}".rstrip("/")
        done = self._execution.run(person, ref, argv, folder, command.timeout_seconds)
        return CommandRan(**done.model_dump(), argv=argv)

    def _require_branches(self, ref: Ref, parameters: list[Parameter], values: dict[str, str]) -> None:
        names = {each.branch for each in self._catalog.refs(ref.project)}
        for parameter in parameters:
            if parameter.kind == "branch" and values[parameter.name] not in names:
                raise InvalidInput(
                    "bad-value",
                    f"“{parameter.name}” must be a branch of “{ref.project}”, such as {MAIN}.",
                    hint=f"`nacre branch list {ref.project}` shows them.",
                )


def _command(row: Row[tuple[object, ...]]) -> Command:
    return Command(
        name=row.name,
        summary=row.summary,
        argv=row.argv,
        parameters=[Parameter.model_validate(each) for each in row.parameters],
        role=row.role,
        folder=row.folder,
        timeout_seconds=row.timeout_s,
        defined_by=row.defined_by,
        defined_at=row.defined_at,
    )
