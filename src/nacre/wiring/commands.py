"""Wires the commands that admins define for others."""

from nacre.commands.commands import Commands
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part
from nacre.workspaces.execution import Execution
from nacre.workspaces.workspaces import Workspaces


def wire_commands(ground: Ground, branches: Branches, workspaces: Workspaces) -> Part:
    return Part({Commands: Commands(branches.catalog, Execution(workspaces, ground.loop), ground.clock)})
