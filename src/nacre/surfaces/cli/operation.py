"""The command of one operation: collects what was typed, confirms, calls the daemon, shows the answer."""

import os
import sys
from typing import Any

import click
from click.core import ParameterSource

from nacre.core.errors import InvalidInput
from nacre.core.progress import Output
from nacre.surfaces.cli.output import is_terminal, print_document
from nacre.surfaces.cli.parameters import argument_help, parameters_of
from nacre.surfaces.cli.progress import progress_bar
from nacre.surfaces.cli.where import client_of
from nacre.surfaces.verbs import Verb

JSON_OPTION = "as_json"
_YES_OPTION = "yes"
_OUTPUT_OPTION = "output_file"


_LOOK = {
    "app.publish": "`nacre release list` shows what becomes of it, `nacre job list` its build, and `nacre job cancel` "
    "ends that."
}
"""Where what was begun is seen, and ended, for operations that somebody may well leave."""


def command_of(verb: Verb) -> click.Command:
    """The click command for `verb`."""
    parameters = parameters_of(verb)
    if verb.streams:
        parameters.append(_output_option())
    if verb.effect == "destructive":
        parameters.append(click.Option(["-y", "--yes", _YES_OPTION], is_flag=True, help="Do not ask for confirmation."))
    parameters.append(json_option())

    @click.pass_context
    def run(context: click.Context, /, **values: Any) -> None:
        as_json = values.pop(JSON_OPTION)
        confirmed = values.pop(_YES_OPTION, True)
        output = values.pop(_OUTPUT_OPTION, None)
        arguments = {name: _sent(value) for name, value in values.items() if _is_given(context, name)}
        if not confirmed and not as_json and is_terminal():
            _confirm(verb, arguments)
        if verb.streams:
            answer = fetch(verb, arguments, output)
            if as_json and output is not None:
                print_document(answer)
            return
        answer = call(verb, arguments, quiet=as_json)
        show(verb, answer, as_json)
        context.exit(_exit_code(answer))

    return click.Command(
        verb.words[-1],
        params=parameters,
        callback=run,
        help=_help(verb),
        short_help=verb.summary,
        no_args_is_help=False,
    )


def json_option() -> click.Option:
    return click.Option(["--json", JSON_OPTION], is_flag=True, help="Print one JSON document.")


def call(verb: Verb, arguments: dict[str, Any], *, quiet: bool = False) -> Any:
    """Ask the daemon, with a bar on a terminal while a long operation runs.

    What a program writes that the operation runs is written here too, unless `quiet`.
    """
    client = client_of(os.environ)
    try:
        if not verb.long:
            return client.call(verb, arguments)
        if verb.speaks and not quiet:
            return client.call(verb, arguments, on_output=_write)
        with progress_bar() as on_step:
            return client.call(verb, arguments, on_step)
    except KeyboardInterrupt:
        if verb.effect != "read":
            look = _LOOK.get(verb.name, "`nacre audit list` shows what came of it.")
            click.echo(f"The daemon goes on with what was begun; {look}", err=True)
        raise


def fetch(verb: Verb, arguments: dict[str, Any], output: str | None) -> dict[str, Any]:
    """Write the bytes an operation answers with to the file `output` (standard output for None or `-`).

    The file appears only when all of it has come.
    """
    client = client_of(os.environ)
    if output in (None, "-"):
        client.fetch(verb, arguments, sys.stdout.buffer.write)
        return {}
    assert output is not None
    with click.open_file(output, "wb", atomic=True) as file:
        client.fetch(verb, arguments, file.write)
        return {"file": output, "size_bytes": file.tell()}


def show(verb: Verb, answer: Any, as_json: bool) -> None:
    """Print an answer: as it came for programs, as its presenter shows it for people."""
    if as_json:
        print_document(answer)
        return
    from nacre.surfaces.cli.present import present

    present(verb, answer)


def _output_option() -> click.Option:
    kind = click.Path(dir_okay=False, allow_dash=True)
    return click.Option(["-o", "--output", _OUTPUT_OPTION], type=kind, help="The file to write (default: to here).")


def _write(output: Output) -> None:
    to = sys.stdout if output.stream == "stdout" else sys.stderr
    to.buffer.write(output.data)
    to.buffer.flush()


def _exit_code(answer: Any) -> int:
    """That of a program which the operation ran; 1 for a check that found something, so that scripts stop."""
    if not isinstance(answer, dict):
        return 0
    if isinstance(answer.get("exit_code"), int):
        code = int(answer["exit_code"])
        return code if 0 <= code <= 255 else 128 - code
    return 1 if answer.get("ok") is False else 0


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) not in (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP, None)


def _sent(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _confirm(verb: Verb, arguments: dict[str, Any]) -> None:
    words = [*verb.words, *(str(arguments[name]) for name in verb.positionals if name in arguments)]
    if not click.confirm(f"{verb.summary}\nnacre {' '.join(words)}: go on?", err=True):
        raise InvalidInput("not-confirmed", "You did not say yes, so nothing was changed.")


def _help(verb: Verb) -> str:
    # \b keeps click from rewrapping the lines below it.
    parts = [verb.summary, verb.description]
    if verb.positionals:
        parts.append(f"\b\n{argument_help(verb)}")
    return "\n\n".join(part for part in parts if part)
