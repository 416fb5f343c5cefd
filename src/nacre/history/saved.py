"""Positions as JSON values, for the state of procedures."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.transactions import End, TransactionEnd
from nacre.history.positions import Position


def save(position: Position) -> dict[str, Any]:
    return {**asdict(position), "asked": position.asked.isoformat()}


def restore(saved: dict[str, Any]) -> Position:
    return Position(
        **{
            **saved,
            "asked": datetime.fromisoformat(saved["asked"]),
            "last": _record(saved["last"]),
            "excluded": _record(saved["excluded"]),
        }
    )


def _record(saved: dict[str, Any] | None) -> TransactionEnd | None:
    if saved is None:
        return None
    return TransactionEnd(
        **{**saved, "start": Lsn(saved["start"]), "end": Lsn(saved["end"]), "kind": End(saved["kind"])}
    )
