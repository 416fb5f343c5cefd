"""Whether sandboxes hold: one is made and attacked, in every way that people's code might."""

import asyncio
import os

from nacre.core.errors import NacreError
from nacre.core.settings import Settings
from nacre.engines.processes.users import find
from nacre.engines.sandbox.drivers import named
from nacre.engines.sandbox.proof import Outcome, Targets, attack
from nacre.system.doctor.check import Check, Verdict, fail, ok, warn

LIMITS = ("cpu", "memory", "process-count", "disk")
_MENDING = "Install bubblewrap and slirp4netns, and allow user namespaces or run Nacre as root; then run this again."


class Isolation(Check):
    title = "Isolation"

    def look(self, settings: Settings) -> Verdict:
        if settings.isolation == "none":
            return warn(
                "There is none, as was asked for (isolation = none).",
                "People's processes can read each other's files, and reach every port of this machine.",
                "Install bubblewrap and set NACRE_ISOLATION=bubblewrap.",
            )
        driver = named(settings.isolation)
        refusal = driver.refusal()
        if refusal:
            return fail(refusal, "Workspaces run people's code in sandboxes, and do not start without.", _MENDING)
        account = find(settings.user) or find("nobody") if os.geteuid() == 0 else None
        try:
            outcomes = asyncio.run(attack(driver, account, Targets.of(settings), thorough=True))
        except NacreError as error:
            return fail(error.message, "A sandbox could not be made, so that workspaces do not start.", _MENDING)
        return verdict(outcomes, driver.enforced())


def verdict(outcomes: list[Outcome], enforced: dict[str, str]) -> Verdict:
    """What to say of how the attacks went, and of what the driver says it holds."""
    grave = [outcome for outcome in outcomes if outcome.is_grave]
    if grave:
        return fail(
            "A sandbox does not hold: " + "; ".join(f"{one.attack}: {one.got}" for one in grave) + ".",
            "People's code could leave its workspace. Workspaces do not start while this is so.",
            _MENDING,
        )
    loose = {one.boundary: one.got for one in outcomes if one.got}
    loose |= {limit: "nothing holds it here" for limit in LIMITS if limit not in enforced}
    if loose:
        return warn(
            f"Nothing could leave a sandbox, but not every limit holds: {_listed(loose)}.",
            "A workspace that uses too much slows down or fills this machine.",
            "Run Nacre as root, or under a systemd user service with Delegate=yes, so that it may make control groups.",
        )
    held = {limit: enforced[limit] for limit in LIMITS}
    return ok(f"A sandbox withstood {len(outcomes)} attacks. {_listed(held)}. The network is {enforced['network']}")


def _listed(words: dict[str, str]) -> str:
    return "; ".join(f"{name}: {said}" for name, said in words.items())
