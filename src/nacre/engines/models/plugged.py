"""Providers and rerankers that are plugged in: found, loaded at run time, and kept from doing harm by being broken."""

import importlib
import sys
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Generic, TypeVar

from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.provider import ChatRequest, Completion, Config, Piece, Provider

GROUP = "nacre.models"
"""The entry points that plugins register under: a name, and a factory that takes a Config and gives a Provider."""

Made = TypeVar("Made")


@dataclass(frozen=True)
class Plugin(Generic[Made]):
    """`source` is the package it comes from. `fault` says why it cannot be used; it is empty for one that can."""

    name: str
    source: str
    factory: Callable[..., Made] | None
    fault: str = ""


def find_plugins(folder: Path | None, taken: frozenset[str], group: str = GROUP) -> dict[str, Plugin[Any]]:
    """Every plugin of the environment and of `folder`, loaded anew, so that a newer version counts at once.

    A plugin whose name is among `taken` is at fault, as is one that cannot be loaded.
    """
    if folder is not None:
        _let_in(folder)
    points = sorted(metadata.entry_points(group=group), key=lambda point: point.name)
    return {point.name: _load(point, taken) for point in points}


def open_plugged(plugin: Plugin[Provider], config: Config) -> Provider:
    """Raises ModelError, DOWN where the plugin fails in another way."""
    with _guarded(plugin.name):
        if plugin.factory is None:
            raise ModelError(
                Kind.DOWN, f"The plugin “{plugin.name}” cannot be used: {plugin.fault}.", hint="Install it again."
            )
        return _Plugged(plugin.name, plugin.factory(config))


class _Plugged:
    """A provider whose every failure is a ModelError."""

    def __init__(self, name: str, provider: Provider) -> None:
        self._name = name
        self._provider = provider

    async def chat(self, request: ChatRequest) -> Completion:
        with _guarded(self._name):
            return await self._provider.chat(request)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece]:
        with _guarded(self._name):
            async with aclosing(self._provider.stream(request)) as pieces:
                async for piece in pieces:
                    yield piece

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        with _guarded(self._name):
            return await self._provider.embed(model, texts)

    async def models(self) -> list[str]:
        with _guarded(self._name):
            return await self._provider.models()

    async def close(self) -> None:
        with _guarded(self._name):
            await self._provider.close()


@contextmanager
def _guarded(name: str) -> Iterator[None]:
    try:
        yield
    except ModelError:
        raise
    except Exception as error:  # a plugin may fail in any way; its words might hold the key, so only their kind is told
        raise ModelError(
            Kind.DOWN,
            f"The plugin “{name}” failed with {type(error).__name__}.",
            hint="The log of the side-car has more. Its author may know.",
            provider_status=None,
        ) from error


def _let_in(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # last, so that nothing in there stands in for what is ours
    importlib.invalidate_caches()
    for name, module in list(sys.modules.items()):
        if (file := getattr(module, "__file__", None)) and Path(file).is_relative_to(folder):
            del sys.modules[name]


def _load(point: metadata.EntryPoint, taken: frozenset[str]) -> Plugin[Any]:
    source = point.dist.name if point.dist is not None else point.value
    if point.name in taken:
        return Plugin(point.name, source, None, f"the name “{point.name}” belongs to Nacre itself")
    try:
        factory = point.load()
    except Exception as error:  # what is broken is told, and harms nobody
        return Plugin(point.name, source, None, f"{type(error).__name__}: {error}")
    if not callable(factory):
        return Plugin(point.name, source, None, f"{point.value} cannot be called")
    return Plugin(point.name, source, factory)
