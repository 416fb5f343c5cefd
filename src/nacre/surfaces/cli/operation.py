"""The command of one operation: collects what was typed, confirms, calls the daemon, shows the answer."""

import os
from typing import Any

import click
from click.core import ParameterSource

from nacre.core.errors import InvalidInput
from nacre.surfaces.cli.output import is_terminal, print_document
from nacre.surfaces.cli.parameters import argument_help, parameters_of
from nacre.surfaces.cli.progress import progress_bar
from nacre.surfaces.cli.where import client_of
from nacre.surfaces.verbs import Verb

JSON_OPTION = "as_json"
_YES_OPTION = "yes"


def command_of(verb: Verb) -> click.Command:
    """The click command for `verb`."""
    parameters = parameters_of(verb)
    if verb.effect == "destructive":
        parameters.append(click.Option(["-y", "--yes", _YES_OPTION], is_flag=True, help="Do not ask for confirmation."))
    parameters.append(json_option())

    @click.pass_context
    def run(context: click.Context, /, **values: Any) -> None:
        as_json = values.pop(JSON_OPTION)
        confirmed = values.pop(_YES_OPTION, True)
        arguments = {name: _sent(value) for name, value in values.items() if _is_given(context, name)}
        if not confirmed and not as_json and is_terminal():
            _confirm(verb, arguments)
        answer = call(verb, arguments)
        show(verb, answer, as_json)
        if isinstance(answer, dict) and answer.get("ok") is False:
            context.exit(1)  # a check that found something: scripts are to stop here

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


def call(verb: Verb, arguments: dict[str, Any]) -> Any:
    """Ask the daemon, with a bar on a terminal while a long operation runs."""
    client = client_of(os.environ)
    try:
        if not verb.long:
            return client.call(verb, arguments)
        with progress_bar() as on_step:
            return client.call(verb, arguments, on_step)
    except KeyboardInterrupt:
        if verb.effect != "read":
            click.echo("The daemon goes on with what was begun; `nacre audit list` shows what came of it.", err=True)
        raise


def show(verb: Verb, answer: Any, as_json: bool) -> None:
    """Print an answer: as it came for programs, as its presenter shows it for people."""
    if as_json:
        print_document(answer)
        return
    from nacre.surfaces.cli.present import present

    present(verb, answer)


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
