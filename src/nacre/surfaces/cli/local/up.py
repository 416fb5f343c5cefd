"""`nacre up`: run the daemon, here or detached."""

import os
from contextlib import nullcontext
from typing import Any

import click

from nacre.core.errors import NacreError
from nacre.core.progress import Step
from nacre.core.settings import Settings, load
from nacre.gateway.site import Site, console_address
from nacre.surfaces.cli.detached import Report, start_detached
from nacre.surfaces.cli.operation import JSON_OPTION, json_option
from nacre.surfaces.cli.output import print_document
from nacre.surfaces.cli.parameters import option
from nacre.surfaces.cli.progress import progress_bar
from nacre.surfaces.cli.running import guarded_pid, running_pid
from nacre.surfaces.client import over_socket
from nacre.surfaces.verbs import essence, read_manifest


def _setting_options() -> list[click.Option]:
    """Every setting as a flag; left out, the environment, nacre.toml and the defaults hold."""
    schema = Settings.model_json_schema()
    return [
        option(name, essence(field, schema), short=None, required=False, root=schema)
        for name, field in schema["properties"].items()
    ]


@click.command(
    params=[
        click.Option(["--detach", "-d"], is_flag=True, help="Return once it is ready; it goes on in the background."),
        click.Option(["--report-to"], type=int, hidden=True, help="The descriptor that a detached start reports to."),
        *_setting_options(),
        json_option(),
    ]
)
def command(detach: bool, report_to: int | None, **values: Any) -> None:
    """Start the daemon.

    It serves until it is told to stop: Ctrl-C, `nacre down`, or SIGTERM. When one already runs for this home,
    `up` only says so.
    """
    as_json = values.pop(JSON_OPTION)
    settings, _ = load(os.environ, values)
    pid = guarded_pid(settings.run) if detach else running_pid(settings.socket)
    if pid is not None:
        _announce(settings, pid, as_json, "Nacre already runs")
    elif detach:
        with progress_bar() as on_step:
            pid = start_detached(settings, _as_flags(values), on_step or _ignore)
        _announce(settings, pid, as_json, "Nacre runs", _first_link(settings))
    elif report_to is not None:
        _run_reporting(settings, Report(report_to))
    else:
        _run(settings, lambda: _announce(settings, os.getpid(), as_json, "Nacre runs", _first_link(settings)))


def _run_reporting(settings: Settings, report: Report) -> None:
    from nacre.core.progress import watched_by

    try:
        with watched_by(report.step):
            _run(settings, report.ready)
    except NacreError as error:
        report.failed(error)
        raise


def _run(settings: Settings, ready: Any) -> None:
    from nacre.surfaces.http.main import run

    if settings.console:
        _build_console(settings)
    run(settings, ready)


def _build_console(settings: Settings) -> None:
    """Without it everything else still works: that it could not be built is said, and stops nothing."""
    from nacre.console.build import Places, build_console
    from nacre.core.progress import watched_by

    try:
        with progress_bar() as on_step, watched_by(on_step) if on_step else nullcontext():
            build_console(Places.of(settings.home))
    except NacreError as error:
        click.echo(f"nacre: {error.message}\n{error.hint}", err=True)


def _announce(settings: Settings, pid: int, as_json: bool, words: str, link: str | None = None) -> None:
    url = console_address(settings)
    site = None if settings.mode == "slim" else Site.of(settings)
    if as_json:
        more = {"content_url": site.content} if site else {}
        more |= {"sign_in": link} if link else {}
        print_document({"home": str(settings.home), "socket": str(settings.socket), "url": url, "pid": pid, **more})
        return
    click.echo(f"{words}: {url}, home {settings.home}, process {pid}.")
    if site:
        click.echo(f"People's own pages are at {site.content}.")
    if site and not site.is_public:
        click.echo(f"Browsers trust both once they trust {site.root_certificate}; `nacre doctor` says how.")
    if link:
        click.echo(f"Nobody has an account yet. Open this link to make the first, within 24 hours:\n{link}")


def _first_link(settings: Settings) -> str | None:
    """A one-time link for the first sign-in, while nobody has an account."""
    client, verbs = over_socket(settings.socket), read_manifest()
    if client.call(verbs["person.list"], {}):
        return None
    return str(client.call(verbs["account.link"], {})["url"])


def _as_flags(values: dict[str, Any]) -> list[str]:
    return [f"--{name.replace('_', '-')}={value}" for name, value in values.items() if value is not None]


def _ignore(step: Step) -> None:
    """Nobody watches."""
