"""Runs the checks, and the repair of one."""

import importlib
import inspect
import pkgutil

from nacre.core.errors import Conflict, NacreError, NotFound
from nacre.core.progress import report
from nacre.core.settings import Settings
from nacre.system.doctor import checks
from nacre.system.doctor.check import Check, Finding, Level, Repairable, Verdict, fail


def run_checks(settings: Settings) -> list[Finding]:
    """What every check found, in the order of their ids. Never raises: a check that breaks is itself a finding."""
    found: list[Finding] = []
    checks_ = all_checks()
    for name, check in checks_.items():
        report(check.title, done=len(found), total=len(checks_))
        found.append(_finding(name, check, settings))
    return found


def repair(check_id: str, settings: Settings) -> Finding:
    """Carry out the repair of one check, and answer what it finds afterwards.

    Raises NotFound "check-not-found", Conflict "nothing-to-repair", or what the repair itself raises.
    """
    found = all_checks()
    check = found.get(check_id)
    if check is None:
        raise NotFound("check-not-found", f"There is no check “{check_id}”.", hint=f"Checks: {', '.join(found)}.")
    if not isinstance(check, Repairable):
        raise Conflict(
            "nothing-to-repair",
            f"“{check_id}” has no repair of its own.",
            hint=check.look(settings).next or "It needs none now.",
        )
    if check.look(settings).level is Level.OK:
        raise Conflict("nothing-to-repair", f"“{check_id}” is in order.")
    check.repair(settings)
    return _finding(check_id, check, settings)


def all_checks() -> dict[str, Check]:
    """Every check by its id: those defined in the files of the folder checks/."""
    found: dict[str, Check] = {}
    for file in sorted(pkgutil.iter_modules(checks.__path__), key=lambda file: file.name):
        module = importlib.import_module(f"{checks.__name__}.{file.name}")
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == module.__name__ and issubclass(kind, Check):
                found[file.name.replace("_", "-")] = kind()
    return found


def _finding(check_id: str, check: Check, settings: Settings) -> Finding:
    verdict = _look(check, settings)
    offer = check.offer if isinstance(check, Repairable) and verdict.level is not Level.OK else ""
    return Finding(
        id=check_id,
        title=check.title,
        level=verdict.level,
        what=verdict.what,
        why=verdict.why,
        next=verdict.next or (f"Run `nacre doctor --repair {check_id}`." if offer else ""),
        repair=offer,
    )


def _look(check: Check, settings: Settings) -> Verdict:
    try:
        return check.look(settings)
    except NacreError as error:
        return fail(error.message, "", error.hint)
    except Exception as error:
        return fail(
            f"The check itself broke: {type(error).__name__}: {error}",
            "So it is unknown whether this is in order.",
            "Please report it with this message.",
        )
