"""`nacre doctor`."""

import os
from typing import Any

import click

from nacre.surfaces.cli.operation import JSON_OPTION, json_option
from nacre.surfaces.cli.output import print_document

_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


@click.command(
    params=[
        click.Option(["--repair"], metavar="ID", help="Put right what this check finds."),
        json_option(),
    ]
)
def command(repair: str | None, **values: Any) -> int:
    """Look whether this machine has what Nacre needs, and say what to do where it has not.

    Exits with 1 when a check fails.
    """
    from nacre.core.settings import load
    from nacre.system.doctor import run

    settings, _ = load(os.environ, {})
    found = [run.repair(repair, settings)] if repair else run.run_checks(settings)
    findings = [finding.model_dump(mode="json") for finding in found]
    if values[JSON_OPTION]:
        print_document({"findings": findings})
    else:
        for finding in findings:
            _print(finding)
    return int(any(finding["level"] == "fail" for finding in findings))


def _print(finding: dict[str, str]) -> None:
    mark, colour = _MARKS[finding["level"]]
    click.echo(f"{click.style(mark, fg=colour)} {finding['title']}: {finding['what']}")
    for line in (finding["why"], finding["next"]):
        if line:
            click.echo(f"    {line}")
