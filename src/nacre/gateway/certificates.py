"""For which names a certificate is made when somebody asks for one: only those that exist here."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from nacre.core.names import Ref
from nacre.gateway.domains import Board
from nacre.gateway.site import CONTENT_LABEL
from nacre.gateway.targets import Preview, target_of


class Names:
    """`is_branch` is asked in a worker thread; `apps` is the folder that published apps have theirs in, `board` has
    the domains of their own."""

    def __init__(self, domain: str, apps: Path, board: Board, is_branch: Callable[[Ref], bool]) -> None:
        self._domain = domain
        self._apps = apps
        self._board = board
        self._is_branch = is_branch

    async def known(self, name: str) -> bool:
        """Whether something answers, or may answer, at this name."""
        name = name.lower().rstrip(".")
        if not self._domain or not name.endswith(f".{self._domain}"):
            return (self._domain != "" and name == self._domain) or self._board.app(name) is not None
        label = name.removesuffix(f".{self._domain}")
        if label == CONTENT_LABEL:
            return True
        if "." in label or "/" in label:
            return False
        return await asyncio.to_thread(self._exists, label, name)

    def _exists(self, label: str, name: str) -> bool:
        target = target_of(name, "/", self._domain)
        if isinstance(target, Preview):
            return any(self._is_branch(ref) for ref in target.refs)
        return (self._apps / label).is_dir()
