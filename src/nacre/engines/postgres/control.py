"""What pg_control says of a data directory, running or not."""

import re
from dataclasses import dataclass
from pathlib import Path

from nacre.core.errors import Damaged, Failed
from nacre.engines.postgres import commands
from nacre.engines.postgres.execution import run
from nacre.engines.postgres.installation import Installation
from nacre.engines.postgres.lsn import Lsn, parse_lsn
from nacre.engines.processes.users import Account


@dataclass(frozen=True)
class Control:
    """The fields of pg_control that history needs."""

    system_identifier: int
    state: str
    """As pg_controldata words it: 'in production', 'shut down', 'in archive recovery', …"""
    timeline: int
    checkpoint: Lsn
    redo: Lsn
    segment_bytes: int
    checksums: bool

    @property
    def clean(self) -> bool:
        """Whether it was stopped in good order, so that no recovery is due."""
        return self.state == "shut down"


def read_control(installation: Installation, data_dir: Path, owner: Account | None = None) -> Control:
    """Read pg_control through pg_controldata. Raises Damaged if it is missing or its checksum is wrong."""
    try:
        output = run(commands.pg_controldata(installation, data_dir), owner)
    except Failed as error:
        raise Damaged("control-damaged", f"pg_control of {data_dir} cannot be read.") from error
    return parse_control(output)


def parse_control(output: str) -> Control:
    """The output of pg_controldata. Raises Damaged if it warns that the file's checksum is wrong."""
    fields = dict(re.findall(r"^([^:\n]+):\s+(.*)$", output, re.MULTILINE))
    if "WARNING" in fields or "Latest checkpoint's REDO location" not in fields:
        raise Damaged("control-damaged", "pg_control is damaged: its checksum does not match.")
    return Control(
        system_identifier=int(fields["Database system identifier"]),
        state=fields["Database cluster state"],
        timeline=int(fields["Latest checkpoint's TimeLineID"]),
        checkpoint=parse_lsn(fields["Latest checkpoint location"]),
        redo=parse_lsn(fields["Latest checkpoint's REDO location"]),
        segment_bytes=int(fields["Bytes per WAL segment"]),
        checksums=fields["Data page checksum version"] != "0",
    )
