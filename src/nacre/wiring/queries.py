"""Wires what asks and changes the database of a branch."""

from nacre.queries.queries import Queries
from nacre.queries.reach import Reach
from nacre.queries.sqlhistory import SqlHistory
from nacre.queries.statements.statements import Statements
from nacre.queries.tables import Tables
from nacre.queries.transfer import Transfer
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part
from nacre.wiring.time_machine import Wired


def wire_queries(ground: Ground, branches: Branches, time_machine: Wired) -> Part:
    reach = Reach(branches.catalog, branches.clusters, time_machine.positions, time_machine.past, ground.clock)
    history = SqlHistory(branches.catalog, ground.store, ground.box, ground.clock)
    history.watch(ground.bus)
    return Part(
        {
            Queries: Queries(branches.catalog, branches.clusters, reach, history),
            SqlHistory: history,
            Statements: Statements(branches.catalog, branches.clusters, reach, ground.clock),
            Tables: Tables(reach),
            Transfer: Transfer(reach, branches.catalog, branches.trees),
        }
    )
