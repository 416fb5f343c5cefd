"""`nacre demo`: the story end to end, on a real Postgres and real files."""

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

import nacre
from nacre.surfaces.cli.operation import JSON_OPTION, json_option
from nacre.surfaces.cli.output import print_document


@click.command(
    params=[
        click.Option(["--lang"], type=click.Choice(["en", "zh"]), help="The language (default: your locale's)."),
        json_option(),
    ]
)
def command(lang: str | None, **values: Any) -> None:
    """See Nacre at work in half a minute: a shop, a disaster in its database and files, and the way back.

    Makes a project of its own (demo, or demo-2 and so on) and leaves it for you to play with. Starts the daemon in the
    background if none runs.
    """
    from nacre.core.settings import load
    from nacre.surfaces.cli.demo.narration import Narrator, Silence
    from nacre.surfaces.cli.demo.stage import Stage
    from nacre.surfaces.cli.demo.story import Story
    from nacre.surfaces.cli.demo.words import WORDS, language_of
    from nacre.surfaces.client import over_socket

    as_json = values[JSON_OPTION]
    words = WORDS["zh" if (lang or language_of(os.environ)) == "zh" else "en"]
    settings, _ = load(os.environ, {})
    with suppress(AttributeError):  # a terminal that cannot show a sign gets a question mark, not an end
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    narrator = Silence() if as_json else Narrator()
    narrator.intro(words["intro"])
    _start_daemon(settings, lambda: narrator.say(words["starting"]))
    told = Story(Stage(over_socket(settings.socket), narrator), words).tell()
    if as_json:
        print_document(told)
    elif (script := _script()) is not None:
        narrator.say("\n" + words["alias"].format(script=script))
        narrator.command(f"sudo ln -s {script} /usr/local/bin/nacre")


def _start_daemon(settings: Any, announce: Any) -> None:
    from nacre.surfaces.cli.detached import start_detached
    from nacre.surfaces.cli.progress import progress_bar
    from nacre.surfaces.cli.running import guarded_pid

    if guarded_pid(settings.run) is not None:
        return
    announce()
    with progress_bar() as on_step:
        start_detached(settings, [], on_step or (lambda step: None))


def _script() -> Path | None:
    """This checkout's ./nacre, when the short name does not work yet."""
    script = Path(nacre.__file__).resolve().parents[2] / "nacre"
    return script if script.is_file() and shutil.which("nacre") is None else None
