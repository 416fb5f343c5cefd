"""`nacre logs`: the latest lines of whatever one names, and with --follow those that come."""

import json
import os
from typing import Any

import click

from nacre.core.progress import Output
from nacre.surfaces.cli.operation import JSON_OPTION, json_option
from nacre.surfaces.cli.output import console, print_document
from nacre.surfaces.cli.where import client_of
from nacre.surfaces.verbs import read_manifest

_PAGE = 1000
_LATEST = 200
_LEVELS = ["debug", "info", "warning", "error", "fatal"]


@click.command(params=[json_option()])
@click.argument("of", required=False, metavar="[REF|APP|PART]")
@click.option(
    "-g", "--grep", metavar="QUERY", default="", help="Words, “phrases”, -without, field=value, /expression/."
)
@click.option("--level", type=click.Choice(_LEVELS), help="Only lines as grave as this, or graver.")
@click.option("--since", metavar="TIME", help="From when on: a time, or an age such as 1h.")
@click.option("--until", metavar="TIME", help="Until when.")
@click.option(
    "-n", "--lines", type=click.IntRange(0, 100_000),
    help="How many of the latest lines: 200, or all with --since and --follow.",
)  # fmt: skip
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until you stop it with Ctrl C.")
def command(
    of: str | None, grep: str, level: str | None, since: str | None, until: str | None, lines: int | None, follow: bool,
    **values: bool,
) -> None:  # fmt: skip
    """Show what a branch, an app or a part of Nacre has written, the latest last; of nothing named, all you may see.

    \b
    nacre logs shop --since 1h --grep timeout
    nacre logs gateway --level warning --follow
    nacre logs shop --since 10m --follow
    """
    given = {"of": of, "query": grep, "level": level}
    asked: dict[str, Any] = {name: value for name, value in given.items() if value}
    as_json = values[JSON_OPTION]
    if follow:
        if until:
            raise click.UsageError("--follow goes on until you stop it: leave out --until.")
        if lines is not None or not since:
            asked["lines"] = min(_LATEST if lines is None else lines, _PAGE)
        _follow(asked | ({"since": since} if since else {}), as_json)
        return
    times = {name: value for name, value in (("since", since), ("until", until)) if value}
    found = _search(asked | times, _LATEST if lines is None else lines)
    if as_json:
        print_document({"lines": found})
    elif found:
        _show(found)
    else:
        console().print("No lines.")


def _search(asked: dict[str, Any], most: int) -> list[dict[str, Any]]:
    """The oldest first; page after page, as many as are wanted."""
    client, verb = client_of(os.environ), read_manifest()["log.search"]
    found: list[dict[str, Any]] = []
    while len(found) < most:
        page = client.call(verb, asked | {"limit": min(most - len(found), _PAGE)})
        found += page["lines"]
        if page["cursor"] is None:
            break
        asked = asked | {"before": page["cursor"]}
    return found[::-1]


def _follow(asked: dict[str, Any], as_json: bool) -> None:
    def heard(output: Output) -> None:
        if as_json:
            click.echo(output.data, nl=False)
        else:
            _show([json.loads(line) for line in output.data.splitlines()])

    client_of(os.environ).call(read_manifest()["log.follow"], asked, on_output=heard)


def _show(lines: list[dict[str, Any]]) -> None:
    from nacre.surfaces.cli.present.log_lines import show

    show(lines, console())
