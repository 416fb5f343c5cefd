"""Runs one command line and turns whatever goes wrong into words (or a document) and an exit code.

0 done · 1 refused or failed with a reason · 2 wrong usage · 3 daemon not running · 130 interrupted
"""

import os
import sys
from collections.abc import Sequence

import click

from nacre.core.errors import Failed, NacreError
from nacre.surfaces.cli.output import print_error
from nacre.surfaces.cli.tree import root

USAGE_EXIT = 2
INTERRUPTED_EXIT = 130


def main(arguments: Sequence[str]) -> int:
    """Run the verb and return the exit code."""
    as_json = _wants_json(arguments)
    try:
        code = root().main(list(arguments), prog_name="nacre", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except NacreError as error:
        print_error(error, as_json)
        return error.exit_code
    except click.UsageError as error:
        return _wrong_usage(error, as_json)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED_EXIT
    except BrokenPipeError:
        # Whoever read our output has seen enough; keep the interpreter from complaining when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if "NACRE_DEBUG" in os.environ:
            raise
        print_error(_unforeseen(error), as_json)
        return NacreError.exit_code


def _unforeseen(error: Exception) -> NacreError:
    hint = "This is a defect of Nacre's: please report it. NACRE_DEBUG=1 shows where it happened."
    return Failed("internal-error", f"{type(error).__name__}: {error}", hint=hint)


def _wants_json(arguments: Sequence[str]) -> bool:
    """Whether --json was given, known even where the line cannot be parsed."""
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    return "--json" in arguments[:end]


def _wrong_usage(error: click.UsageError, as_json: bool) -> int:
    if as_json:
        hint = f"`{error.ctx.command_path} --help` shows how." if error.ctx else "`nacre --help` shows how."
        print_error(NacreError("wrong-usage", error.format_message(), hint=hint), as_json)
    else:
        error.show()
    return USAGE_EXIT
