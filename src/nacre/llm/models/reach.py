"""The ways to models: providers with their connections, kept for as long as nothing about them changes."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from nacre.core.errors import InvalidInput
from nacre.engines.models.catalogue import Catalogue
from nacre.engines.models.minilm import Local
from nacre.engines.models.provider import ChatRequest, Completion, Config, Piece, Provider
from nacre.llm.caller import HOME, Caller
from nacre.llm.models.addresses import refuse_private
from nacre.llm.models.model import Model
from nacre.llm.models.presets import filled
from nacre.llm.models.shelf import Models


@dataclass(frozen=True)
class Way:
    """What is asked for one name: the models of its tiers, in the order in which they are tried."""

    tiers: tuple[tuple[tuple[Model, Provider], ...], ...]

    @property
    def models(self) -> tuple[Model, ...]:
        return tuple(model for tier in self.tiers for model, _ in tier)

    @property
    def stays_here(self) -> bool:
        return all(model.stays_here for model in self.models)

    async def digest(self) -> str:
        """Tells vectors that compare from those that do not: by weights where they are here, else by name and place."""
        model, provider = self.tiers[0][0]
        if isinstance(provider, Local):
            return await asyncio.to_thread(lambda: provider.digest)
        said = (model.provider, model.model, model.base_url, model.options.provider.get("dimensions"))
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]

    async def chat(self, request: ChatRequest) -> tuple[Completion, Model]:
        model, provider = self.tiers[0][0]
        return await provider.chat(replace(request, model=model.model or "")), model

    async def stream(self, request: ChatRequest) -> AsyncIterator[tuple[Piece, Model]]:
        model, provider = self.tiers[0][0]
        async with aclosing(provider.stream(replace(request, model=model.model or ""))) as pieces:
            async for piece in pieces:
                yield piece, model

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Model]:
        model, provider = self.tiers[0][0]
        return await provider.embed(model.model or "", texts), model


@dataclass(frozen=True)
class State:
    """How a model is: ready; trying, paused or limited (`until` then) after failures; no-key."""

    word: str
    until: datetime | None = None


class Reach:
    """`private_hosts`: what people's databases may name on this machine or in its networks."""

    def __init__(self, models: Models, private_hosts: frozenset[str]) -> None:
        self._models = models
        self.private_hosts = private_hosts
        self.catalogue = Catalogue()
        self._providers: dict[tuple[str, str], tuple[Model, Provider]] = {}

    async def way(self, caller: Caller, model: Model) -> Way:
        """The way to a model or through a chain, as things are now."""
        tiers = []
        for tier in self._models.tiers(caller.scope, model):
            tiers.append(tuple([(one, await self._provider(one)) for one in tier]))
        return Way(tuple(tiers))

    def filled_in(self, model: Model) -> Model:
        """What its provider's preset knows of a model, where the person did not say: its name, prices, limits.

        Raises InvalidInput "llm-bad-arguments" (LM014) where there is no such provider, or it must be told more.
        """
        if model.provider is None:
            return model
        if model.provider not in self.catalogue.names:
            raise InvalidInput(
                "llm-bad-arguments",
                f"There is no provider “{model.provider}”.",
                hint=f"There are: {', '.join(self.catalogue.names)}.",
            )
        preset = self.catalogue.preset(model.provider)
        if preset is None:
            return model
        if model.base_url is None and not preset.base_url and preset.language != "local":
            raise InvalidInput(
                "llm-bad-arguments", "It must be told where this model is.", hint="Give a base_url, https://HOST/v1."
            )
        return filled(model, preset)

    def state(self, model: Model) -> State:
        return State("ready")

    async def close(self) -> None:
        for _, provider in self._providers.values():
            await provider.close()
        self._providers.clear()

    async def _provider(self, model: Model) -> Provider:
        key = (model.scope, model.name)
        kept = self._providers.get(key)
        if kept is not None and kept[0] == model:
            return kept[1]
        if model.scope != HOME and model.base_url:
            await refuse_private(model.base_url, self.private_hosts)
        config = Config(model.base_url or "", self._models.key(model), model.options.provider)
        provider = self.catalogue.open(model.provider or "", config)
        self._providers[key] = (model, provider)
        if kept is not None:
            await kept[1].close()
        return provider
