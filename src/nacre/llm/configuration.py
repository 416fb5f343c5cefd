"""What the side-car is to know. It stands apart from what works by it, which the daemon need not load."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Configuration(BaseModel):
    """What the daemon tells the side-car, settings of its own among it. `daemon_uid`: who may speak for anybody."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path
    daemon_uid: int
    keeps_texts: bool = True
    audit_days: float = 90
    audit_rows: int = 1_000_000
    cache_hours: float = 168
    cache_mb: int = 256
    private_hosts: frozenset[str] = frozenset()

    @property
    def folder(self) -> Path:
        return self.home / "llm"
