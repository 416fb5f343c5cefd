"""The ways to models: providers with their connections, kept for as long as nothing about them changes."""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from nacre.core.clock import Clock
from nacre.core.errors import InvalidInput, NacreError, NotAllowed
from nacre.engines.models.catalogue import Catalogue
from nacre.engines.models.minilm import Local
from nacre.engines.models.provider import ChatRequest, Completion, Config, Piece
from nacre.engines.models.reranking import Rerankers
from nacre.engines.models.routing import Route
from nacre.engines.models.target import Limits, Target
from nacre.llm.caller import HOME, Caller
from nacre.llm.models.addresses import is_allowed, is_here, refuse_private
from nacre.llm.models.model import Model, ModelOptions
from nacre.llm.models.presets import filled
from nacre.llm.models.shelf import Models

RERANKERS = frozenset({"model"})
"""What is part of Nacre (reranking/), and no plugin's name."""


@dataclass(frozen=True)
class Way:
    """What is asked for one name: the models of its tiers, and the route among them for one caller."""

    models: tuple[Model, ...]
    route: Route
    who: str
    within_s: float | None = None

    @property
    def stays_here(self) -> bool:
        return all(model.stays_here for model in self.models)

    async def digest(self) -> str:
        """Tells vectors that compare from those that do not: by weights where they are here, else by name and place."""
        model, provider = self.models[0], self.route.tiers[0][0].provider
        if isinstance(provider, Local):
            return await asyncio.to_thread(lambda: provider.digest)
        said = (model.provider, model.model, model.base_url, model.options.provider.get("dimensions"))
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]

    async def chat(self, request: ChatRequest) -> tuple[Completion, str]:
        """The answer, and the name of the model that gave it."""
        completion, target = await self.route.chat(request, who=self.who, within_s=self.within_s)
        return completion, target.name

    async def stream(self, request: ChatRequest) -> AsyncGenerator[tuple[Piece, str]]:
        async with aclosing(self.route.stream(request, who=self.who, within_s=self.within_s)) as pieces:
            async for piece, target in pieces:
                yield piece, target.name

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], str]:
        vectors, target = await self.route.embed(texts, who=self.who, within_s=self.within_s)
        return vectors, target.name


@dataclass(frozen=True)
class State:
    """How a model is: ready; paused after failures or limited by its provider, `until` then; no-key."""

    word: str
    until: datetime | None = None


class Reach:
    """`private_hosts`: what people's databases may name on this machine or in its networks.

    `plugins`: the folder of further kinds of providers, and of rerankers.
    """

    def __init__(
        self, models: Models, private_hosts: frozenset[str], clock: Clock, plugins: Path | None = None
    ) -> None:
        self._models = models
        self._clock = clock
        self.private_hosts = private_hosts
        self.catalogue = Catalogue(plugins)
        self.rerankers = Rerankers(plugins, RERANKERS)
        self._targets: dict[tuple[str, str], tuple[Model, Target]] = {}
        self._rng = random.Random()  # noqa: S311  (spreads pauses, no secret)
        self._retiring: set[asyncio.Task[None]] = set()

    async def way(self, caller: Caller, model: Model, within_s: float | None = None) -> Way:
        """The way to a model or through a chain, as things are now, for as long as the caller has.

        Of a chain, what cannot be asked at all is left out, such as a model whose key is missing; if that is all of it,
        this raises why.
        """
        tiers, models, fault = [], [], None
        for tier in self._models.tiers(caller.scope, model):
            targets = []
            for one in tier:
                try:
                    targets.append(await self._target(one))
                    models.append(one)
                except NacreError as error:
                    fault = fault or error
            if targets:
                tiers.append(targets)
        if fault is not None and not tiers:
            raise fault
        return Way(tuple(models), Route(tiers, self._rng), f"{caller.site} {caller}", within_s)

    async def embed_here(self, text: str) -> list[float]:
        """A vector of length 1 by the model that is part of Nacre: nothing leaves this machine."""
        provider = self.catalogue.open("local", Config())
        return (await provider.embed("", [text]))[0]

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
        if model.base_url is None and not preset.base_url and not preset.is_here:
            raise InvalidInput(
                "llm-bad-arguments", "It must be told where this model is.", hint="Give a base_url, https://HOST/v1."
            )
        return filled(model, preset)

    async def refuse_for_a_project(self, model: Model) -> None:
        """What a database's owner may not say of a model. Raises NotAllowed "llm-not-allowed" (LM013)."""
        url = self._place(model)
        if url:
            await refuse_private(url, self.private_hosts)
        preset = self.catalogue.preset(model.provider or "")
        stays_here = is_here(url) if url else preset is not None and preset.is_here
        if model.options.local and not stays_here:
            raise NotAllowed(
                "llm-not-allowed",
                f"That what “{model.name}” is told stays on this machine is not for a project to say: "
                "what must not leave would.",
                hint="An admin of this Nacre may add the model for all, with local: `nacre llm model add`.",
            )

    def state(self, model: Model) -> State:
        """How a model is now; one that was not asked since the side-car began counts as ready."""
        preset = self.catalogue.preset(model.provider or "")
        if preset is not None and preset.needs_key and model.sealed_key is None:
            return State("no-key")
        kept = self._targets.get((model.scope, model.name))
        if kept is None or kept[0] != model:
            return State("ready")
        target, now = kept[1], asyncio.get_running_loop().time()
        rest_s = target.rest_s(now)
        if not rest_s:
            return State("ready")
        word = "paused" if target.breaker.rest_s(now) else "limited"
        return State(word, self._clock() + timedelta(seconds=rest_s))

    async def close(self) -> None:
        for _, target in self._targets.values():
            await target.provider.close()
        self._targets.clear()

    async def _target(self, model: Model) -> Target:
        key = (model.scope, model.name)
        kept = self._targets.get(key)
        if kept is not None and kept[0] == model:
            return kept[1]
        place = self._place(model)
        for_a_project = model.scope != HOME and bool(place)
        if for_a_project:
            await refuse_private(place, self.private_hosts)
        public_only = for_a_project and not is_allowed(place, self.private_hosts)
        config = Config(model.base_url or "", self._models.key(model), model.options.provider, public_only)
        provider = self.catalogue.open(model.provider or "", config)
        target = Target(model.name, model.model or "", provider, _limits(model.options))
        self._targets[key] = (model, target)
        if kept is not None and not isinstance(kept[1].provider, Local):  # which all its models share
            self._retire(kept[1])
        return target

    def _place(self, model: Model) -> str:
        """Where it is asked: at its own address, else at its provider's; empty for what needs none."""
        preset = self.catalogue.preset(model.provider or "")
        return model.base_url or (preset.base_url if preset is not None else "")

    def _retire(self, target: Target) -> None:
        """Let calls that are under way on it end before its connections are closed."""
        task = asyncio.get_running_loop().create_task(_closed_when_unused(target))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)


async def _closed_when_unused(target: Target) -> None:
    for _ in range(_RETIRES_S):
        if not (target.gate.inside or target.gate.waiting):
            break
        await asyncio.sleep(1)
    await target.provider.close()


def _limits(options: ModelOptions) -> Limits:
    said = options.model_dump(include=_LIMITS, exclude_none=True)
    return Limits(**said)


_RETIRES_S = 3600
_LIMITS = {"concurrency", "requests_per_minute", "tokens_per_minute", "first_token_s", "total_s", "attempts"}
