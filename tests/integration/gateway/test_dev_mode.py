"""Mode dev: new code is taken up, the gateway runs on, and errors show where they happened."""

import json
import shutil
from pathlib import Path

from tests.daemon import House, house_on
from tests.integration.gateway.conftest import client
from tests.waiting import eventually

import nacre


def test_changed_code_is_taken_up_and_broken_code_is_waited_out(tmp_path):
    source = tmp_path / "src" / "nacre"
    own = Path(nacre.__file__).parent
    shutil.copytree(own, source)
    (tmp_path / "requirements").symlink_to(own.parents[1] / "requirements")
    with house_on("copy", NACRE_MODE="dev", PYTHONPATH=str(source.parent)) as house:
        served = version(house)
        gateway = house.call("system.status")["gateway"]["pid"]
        init = source / "__init__.py"
        init.write_text("this is no Python\n")
        eventually(lambda: "does not load" in house.log(), within_s=30)
        assert version(house) == served
        with (source / "system" / "operations.py").open("a") as module:
            module.write(FAULT)
        init.write_text('__version__ = "9.9.9"\n')
        eventually(lambda: version(house) == "9.9.9", within_s=30)
        status = house.call("system.status")
        assert status["pid"] == house.pid
        assert status["gateway"]["pid"] == gateway
        refused = json.loads(house.run("audit", "list", "--json").stdout)["error"]
        assert "in _fail" in refused["hint"] and "_fail" not in refused["message"]


# Makes `audit list` fail inside, where nothing foresees it.
FAULT = """

def _fail(*arguments):
    return 1 / 0


from dataclasses import replace
from nacre.core.operations import registry
registry.operations["audit.list"] = replace(registry.operations["audit.list"], handler=_fail)
"""


def version(house: House) -> str:
    with client(house, house.settings.port) as browser:
        return str(browser.get("/healthz").json()["version"])
