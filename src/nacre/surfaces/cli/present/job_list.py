"""`nacre job list`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import utc


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("No jobs.")
        return
    console.print(table([_row(job) for job in answer]))


def _row(job: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": job["id"],
        "kind": job["kind"],
        "app": job["app"],
        "state": job["state"],
        "attempts": f"{job['attempts']} of {job['most_attempts']}",
        "runner": job["runner"] or "",
        "submitted": utc(job["submitted_at"]),
        "why": job["why"].partition("\n")[0],
    }
