"""Walks the path of a request through an app, step by step, up to the first that is wrong."""

import importlib
import inspect
import pkgutil
from dataclasses import dataclass

from nacre.core.operations import Answer
from nacre.core.principals import Principal, Role
from nacre.core.progress import report
from nacre.publishing.addresses import Addresses
from nacre.publishing.apps import App, Apps
from nacre.publishing.releases import Releases
from nacre.publishing.trouble import steps
from nacre.publishing.trouble.case import Case, Parts
from nacre.publishing.trouble.step import State, Step, Verdict, unknown


class StepShown(Answer):
    """A step of the path. `lines` are the last of a log, for those who may read it."""

    step: str
    state: State
    said: str
    next: str
    lines: list[str]


class Why(Answer):
    """`stops_at` is the step that is wrong, None when the path leads through; `said` sums it up."""

    app: str
    url: str | None
    stops_at: str | None
    said: str
    steps: list[StepShown]


@dataclass(frozen=True)
class Trouble:
    apps: Apps
    releases: Releases
    addresses: Addresses
    parts: Parts

    def why(self, who: Principal, slug: str) -> Why:
        """Raises NotFound "app-not-found"."""
        app = self.apps.of(who, slug, Role.VIEWER)
        case = self._case(app)
        found = walk(case, all_steps())
        may_read = (who.role_in(app.project) or Role.VIEWER) >= Role.USER
        shown = [_shown(name, verdict, may_read=may_read) for name, verdict in found.items()]
        stop = stop_of(found)
        return Why(app=app.slug, url=case.url, stops_at=stop, said=_summary(app, case, found, stop), steps=shown)

    def _case(self, app: App) -> Case:
        releases = self.releases.of(app)
        return Case(
            app=app,
            url=self.addresses.url(app.slug),
            live=next((one for one in releases if one.number == app.release), None),
            newest=next(iter(releases), None),
            parts=self.parts,
        )


def all_steps() -> dict[str, Step]:
    """Every step by its id, in the order of the path: those defined in the files of the folder steps/."""
    found: dict[str, Step] = {}
    for file in pkgutil.iter_modules(steps.__path__):
        module = importlib.import_module(f"{steps.__name__}.{file.name}")
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == module.__name__ and issubclass(kind, Step):
                found[file.name] = kind()
    return dict(sorted(found.items(), key=lambda one: one[1].place))


def walk(case: Case, path: dict[str, Step]) -> dict[str, Verdict]:
    """What each step says, in order; beyond the first that is wrong none is looked at, but where its cause may lie."""
    found: dict[str, Verdict] = {}
    further = len(path)
    for name, step in path.items():
        report(name, done=len(found), total=len(path))
        found[name] = _look(step, case) if further > 0 else Verdict(State.NOT_REACHED, "Not looked at.")
        further = min(further - 1, step.may_lie_in) if found[name].state is State.WRONG else further - 1
    return found


def stop_of(found: dict[str, Verdict]) -> str | None:
    """The last that is wrong: a symptom comes before its cause, and behind a cause nothing was looked at."""
    return next((name for name, verdict in reversed(found.items()) if verdict.state is State.WRONG), None)


def _look(step: Step, case: Case) -> Verdict:
    try:
        return step.look(case)
    except Exception as error:
        return unknown(f"This could not be looked at: {type(error).__name__}: {error}")


def _summary(app: App, case: Case, found: dict[str, Verdict], stop: str | None) -> str:
    if stop is None:
        return f"{app.slug} answers, and nothing on the way to it is wrong."
    serves = case.live is not None and found["request"].state is State.FINE
    beginning = f"{app.slug} answers, but something is wrong" if serves else f"{app.slug} stops"
    return f"{beginning} at the {stop}: {found[stop].said}"


def _shown(name: str, verdict: Verdict, *, may_read: bool) -> StepShown:
    return StepShown(
        step=name,
        state=verdict.state,
        said=verdict.said,
        next=verdict.next,
        lines=[*verdict.lines] if may_read else [],
    )
