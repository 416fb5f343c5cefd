"""What a daemon holds for months: only what it serves with."""

import subprocess
import sys
from pathlib import Path

from nacre.core.store.migrate import is_behind
from nacre.core.store.store import Store

_HEAVY = (
    "alembic", "cryptography.x509", "fastapi", "mako", "numpy", "puremagic", "pyarrow", "tokenizers", "sqlglot",
    "sqlalchemy.dialects.postgresql",
)  # fmt: skip

_STARTS = f"""
import sys
from pathlib import Path
from nacre.core.store.store import Store
from nacre.surfaces.http import main
from nacre.surfaces.registry import all_operations
from nacre.wiring.ground import migrate_apart

all_operations()
Store(Path(sys.argv[1]), migrate_apart).close()
print(*({{*{_HEAVY}}} & sys.modules.keys()))
"""


def test_what_is_needed_once_or_for_one_path_alone_does_not_stay_in_the_daemon(tmp_path: Path) -> None:
    made = tmp_path / "data.db"
    said = subprocess.run([sys.executable, "-c", _STARTS, made], capture_output=True, text=True, check=True)
    assert said.stdout.split() == []
    behind: list[bool] = []
    Store(made, lambda engine: behind.append(is_behind(engine))).close()
    assert behind == [False]
