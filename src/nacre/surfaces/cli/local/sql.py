"""`nacre sql`: -c is the operation; -f runs the real psql on this side, for scripts that need it."""

import os
from collections.abc import Mapping
from typing import Any

import click

from nacre.surfaces.cli.branch import branch_environment
from nacre.surfaces.cli.operation import JSON_OPTION, command_of
from nacre.surfaces.cli.output import print_document
from nacre.surfaces.cli.psql import psql_program, run_script, script_command
from nacre.surfaces.verbs import read_manifest

_VERB = read_manifest()["sql.run"]
_TEXT = next(name for name, short in _VERB.shorts.items() if short == "-c")
_FILE = "file"


def _command() -> click.Command:
    """The operation's own command, with --file beside its --command."""
    own = command_of(_VERB)
    for parameter in own.params:
        parameter.required = parameter.required and parameter.name != _TEXT
    own.params.insert(
        2,
        click.Option(
            ["-f", "--file", _FILE],
            type=click.Path(exists=True, dir_okay=False, allow_dash=True),
            help="A script for psql, meta-commands and COPY data included; - is standard input.",
        ),
    )
    run_operation = own.callback
    assert run_operation is not None

    def run(**values: Any) -> None:
        file = values.pop(_FILE)
        if (file is None) == (values[_TEXT] is None):
            raise click.UsageError("Give either -c or -f.")
        if file is None:
            run_operation(**values)
        else:
            _run_file(file, values)

    own.callback = run
    return own


def _run_file(file: str, values: Mapping[str, Any]) -> None:
    if values.get("at") is not None:
        raise click.UsageError("--at goes with -c: a script runs on the present only.")
    as_json = values[JSON_OPTION]
    environment = branch_environment(values["ref"], os.environ, values.get("database"))
    done = run_script(script_command(psql_program(os.environ), file), environment, captured=as_json)
    if as_json:
        print_document(
            {
                "columns": [],
                "rows": [],
                "output": done.output,
                "output_cut": done.cut,
                "seconds": round(done.seconds, 3),
            }
        )
    elif done.notices:
        click.echo(done.notices, err=True, nl=False)


command = _command()
