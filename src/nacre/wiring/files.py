"""Wires what reads and changes the files of a branch."""

from nacre.core.spools import Spools
from nacre.files.changing import Changing
from nacre.files.comparing import Comparing
from nacre.files.downloads import Downloads
from nacre.files.files import Files
from nacre.files.searching import Searching
from nacre.files.unpacking import Unpacking
from nacre.files.uploads import Uploads
from nacre.files.workbench import Workbench
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part
from nacre.wiring.time_machine import Wired


def wire_files(ground: Ground, branches: Branches, time_machine: Wired) -> Part:
    catalog, trees, locks, positions = branches.catalog, branches.trees, branches.locks, time_machine.positions
    workbench = Workbench(catalog, ground.places, trees, locks, ground.clock)
    largest_bytes = int(ground.settings.upload_limit_gb * 1_000_000_000)
    uploads = Uploads(workbench, catalog, ground.places, ground.clock, largest_bytes)
    return Part(
        {
            Changing: Changing(workbench),
            Comparing: Comparing(catalog, trees, positions, ground.clock),
            Downloads: Downloads(workbench, catalog, trees, positions, ground.clock),
            Files: Files(workbench, catalog, trees, locks, positions, ground.clock),
            Searching: Searching(workbench),
            Spools: ground.spools,
            Unpacking: Unpacking(workbench, largest_bytes),
            Uploads: uploads,
        },
        start={"forget old uploads": uploads.sweep},
    )
