"""What pg_control says of a data directory, running or not."""

import re
from dataclasses import dataclass
from pathlib import Path

from nacre.core.errors import Damaged
from nacre.engines.postgres import commands
from nacre.engines.postgres.execution import finish
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
    done = finish(commands.pg_controldata(installation, data_dir), owner)
    if done.returncode != 0 or done.stderr.strip():  # a wrong checksum is only warned of
        said = (done.stderr.strip().splitlines() or ["pg_controldata failed"])[0]
        raise Damaged("control-damaged", f"pg_control of {data_dir} cannot be trusted: {said}")
    return parse_control(done.stdout)


def parse_control(output: str) -> Control:
    """The output of pg_controldata, printed in the C locale."""
    fields = dict(re.findall(r"^([^:\n]+):\s+(.*)$", output, re.MULTILINE))
    return Control(
        system_identifier=int(fields["Database system identifier"]),
        state=fields["Database cluster state"],
        timeline=int(fields["Latest checkpoint's TimeLineID"]),
        checkpoint=parse_lsn(fields["Latest checkpoint location"]),
        redo=parse_lsn(fields["Latest checkpoint's REDO location"]),
        segment_bytes=int(fields["Bytes per WAL segment"]),
        checksums=fields["Data page checksum version"] != "0",
    )
