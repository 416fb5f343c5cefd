"""A workspace as a service of the supervisor: every start gives it a fresh token and its folders as they should be."""

import asyncio
from pathlib import Path

from nacre.branches.catalog import Branch
from nacre.engines.processes.identity import Identity
from nacre.engines.sandbox.driver import Driver, Sandbox
from nacre.engines.sandbox.inside import Inside
from nacre.workspaces.book import Workspace
from nacre.workspaces.lodging import Lodging


class Lodger:
    """Keeps no secret between starts: one found again after a restart of the daemon is started anew without its old
    environment."""

    def __init__(self, workspace: Workspace, branch: Branch, lodging: Lodging, driver: Driver) -> None:
        self._workspace = workspace
        self._branch = branch
        self._lodging = lodging
        self._driver = driver
        self._service: Sandbox = driver.service(lodging.spec(workspace, branch, token=""))

    @property
    def name(self) -> str:
        return f"workspace of {self._workspace.person} on {self._workspace.ref}"

    @property
    def log_path(self) -> Path | None:
        return self._service.log_path

    @property
    def trouble(self) -> str:
        """What limit its processes were ended for since it was started, in words; empty when none was."""
        return self._service.trouble

    @property
    def disk_bytes(self) -> int | None:
        """What its files took when they were measured last; None before that."""
        return self._service.disk_bytes

    async def start(self) -> Identity:
        spec = await asyncio.to_thread(self._lodging.prepare, self._workspace, self._branch)
        self._service = self._driver.service(spec)
        identity = await self._service.start()
        inside = Inside(spec.folder)
        for port, path in self._lodging.leads(self._branch):
            await inside.lead(port, path)
        return identity

    async def adopt(self) -> Identity | None:
        return await self._service.adopt()

    async def stop(self) -> None:
        await self._service.stop()

    def how_it_ended(self) -> str:
        return self._service.how_it_ended()
