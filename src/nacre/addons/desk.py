"""What the verbs of add-ons ask for."""

from nacre.addons.catalogue import ALL, AddOn, find, missing
from nacre.addons.installing import Installer
from nacre.addons.shelf import Shelf
from nacre.addons.tools import Tools
from nacre.core.errors import NotFound
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.workspaces.acting import acting_for


class AddOnShown(Answer):
    """`programs` are what it puts on PATH in every workspace, `path` where its pages are on the content origin;
    `lacks` are the packages that this machine must have to build it and does not."""

    name: str
    title: str
    version: str
    installed: bool
    size_mb: int
    programs: list[str]
    path: str | None
    lacks: list[str]


class Desk:
    """Called from worker threads."""

    def __init__(self, shelf: Shelf, installer: Installer, tools: Tools) -> None:
        self._shelf = shelf
        self._installer = installer
        self._tools = tools

    def all(self) -> list[AddOnShown]:
        return [self._shown(addon) for addon in ALL.values()]

    def install(self, name: str) -> AddOnShown:
        return self._shown(self._installer.install(name))

    def remove(self, name: str) -> AddOnShown:
        addon = find(name)
        if not self._shelf.has(addon):
            raise NotFound("addon-not-installed", f"{addon.title} is not installed.", hint="`nacre addon list`")
        return self._shown(self._installer.remove(name))

    def start(self, who: Principal, person: str | None, name: str, ref: Ref) -> AddOnShown:
        return self._shown(self._tools.start(name, acting_for(who, person, ref), ref))

    def stop(self, who: Principal, person: str | None, name: str, ref: Ref) -> AddOnShown:
        return self._shown(self._tools.stop(name, acting_for(who, person, ref), ref))

    def _shown(self, addon: AddOn) -> AddOnShown:
        return AddOnShown(
            name=addon.name,
            title=addon.title,
            version=addon.version,
            installed=self._shelf.has(addon),
            size_mb=addon.size_mb,
            programs=[*addon.programs],
            path=f"/{addon.serves.path}/" if addon.serves else None,
            lacks=missing(addon),
        )
