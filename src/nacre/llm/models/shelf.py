"""The models that there are: added, removed, found by name. A change holds from the next call on."""

import json
from collections.abc import Iterator
from dataclasses import replace

import apsw

from nacre.core.clock import Clock
from nacre.core.errors import Conflict, InvalidInput, NotFound
from nacre.core.secrets import SecretBox
from nacre.llm.book.book import Book
from nacre.llm.caller import HOME
from nacre.llm.models.model import LOCAL, Kind, Model

_COLUMNS = "scope, name, kind, provider, model, base_url, sealed_key, tiers, options, is_default"
_DEEPEST = 8
"""Chains may name chains, so deep."""


class Models:
    """A scope sees its own models, and those of the whole home whose names it has not taken."""

    def __init__(self, book: Book, box: SecretBox, clock: Clock) -> None:
        self._book = book
        self._box = box
        self._clock = clock
        self._models = {(LOCAL.scope, LOCAL.name): LOCAL}
        for row in book.read(f"SELECT {_COLUMNS} FROM model"):  # noqa: S608
            model = Model.of_row(row)
            self._models[model.scope, model.name] = model
        self.version = 0
        """Grows with every change."""

    def seen_by(self, scope: str) -> list[Model]:
        """What a caller of this scope can name, by name."""
        seen = {name: model for (of, name), model in self._models.items() if of == HOME}
        seen |= {name: model for (of, name), model in self._models.items() if of == scope}
        return [seen[name] for name in sorted(seen)]

    def find(self, scope: str, name: str | None, kind: Kind) -> Model:
        """The model of that name, or the default of that kind. Raises "no-model", "model-not-found" (LM001, LM012)."""
        if name is None:
            return self._default(scope, kind)
        found = self._models.get((scope, name)) or self._models.get((HOME, name))
        if found is None:
            known = ", ".join(model.name for model in self.seen_by(scope) if model.kind == kind)
            raise NotFound(
                "model-not-found",
                f"There is no model “{name}”.",
                hint=f"There are: {known}." if known else f"`nacre llm model add {name} …` adds it.",
            )
        if found.kind != kind:
            raise InvalidInput(
                "llm-bad-arguments",
                f"The model “{name}” is one for {_USES[found.kind]}, not for {_USES[kind]}.",
                hint="SELECT * FROM llm.models() lists each with its kind.",
            )
        return found

    def tiers(self, scope: str, model: Model) -> tuple[tuple[Model, ...], ...]:
        """What to ask for a model, tier after tier: itself, or those that its chain names."""
        return tuple(tier for tier in self._unfolded(scope, model, _DEEPEST, set()) if tier)

    async def add(self, model: Model, key: str | None) -> Model:
        """Add a model, or put another in its place; without a `key` it keeps the one that it had.

        The first to chat with is the default from then on; for embeddings that is `local`, until it is told otherwise:
        vectors of two models cannot be compared, so none takes over what comes without being asked to.
        Raises "llm-bad-arguments" where a chain names what is not there, itself or models of another kind.
        """
        before = self._models.get((model.scope, model.name))
        sealed = self._box.seal(key, _purpose(model)) if key else _kept_key(before, model)
        first = model.kind == "chat" and not any(one.is_default for one in self._of(model.scope, model.kind))
        kept = replace(model, sealed_key=sealed, is_default=before.is_default if before else first)
        self._check(kept)
        await self._keep(kept)
        return kept

    async def remove(self, scope: str, name: str) -> Model:
        """Raises "model-not-found", or Conflict "model-in-use" while a chain names it."""
        model = self._own(scope, name)
        users = sorted(one.name for one in self.seen_by(scope) if any(name in tier for tier in one.tiers))
        if users:
            raise Conflict(
                "model-in-use",
                f"The model “{name}” is part of {', '.join(users)}.",
                hint="Add the chain again without it, or remove the chain first.",
            )

        def work(connection: apsw.Connection) -> None:
            connection.execute("DELETE FROM model WHERE scope = ? AND name = ?", (scope, name))

        await self._book.write(work)
        self._models.pop((scope, name), None)
        if (scope, name) == (LOCAL.scope, LOCAL.name):
            self._models[LOCAL.scope, LOCAL.name] = LOCAL
        self.version += 1
        return model

    async def forget(self, scope: str) -> None:
        """Remove all models of a project, keys included."""
        await self._book.write(lambda db: db.execute("DELETE FROM model WHERE scope = ?", (scope,)))
        self._models = {key: model for key, model in self._models.items() if model.scope != scope}
        self.version += 1

    async def set_default(self, scope: str, name: str) -> Model:
        """Make it what is asked where no model is named. Raises "model-not-found"."""
        chosen = replace(self._own(scope, name), is_default=True)
        for model in self._of(scope, chosen.kind):
            if model.is_default and model.name != name:
                await self._keep(replace(model, is_default=False))
        await self._keep(chosen)
        return chosen

    def key(self, model: Model) -> str:
        """The key in clear, for its provider alone; empty where none is kept."""
        return self._box.open(model.sealed_key, _purpose(model)) if model.sealed_key else ""

    def _default(self, scope: str, kind: Kind) -> Model:
        for of in (scope, HOME):
            for model in self._of(of, kind):
                if model.is_default:
                    return model
        if kind == "embedding":
            return self._models[LOCAL.scope, LOCAL.name]
        raise Conflict(
            "no-model",
            "No model to chat with was added yet.",
            hint="Add one: `nacre llm model add gpt --provider openai --key` asks for its key; or in SQL "
            "SELECT llm.add_model('gpt', provider => 'openai', key => '…').",
        )

    def _own(self, scope: str, name: str) -> Model:
        model = self._models.get((scope, name))
        if model is not None:
            return model
        elsewhere = (HOME, name) in self._models
        raise NotFound(
            "model-not-found",
            f"“{name}” belongs to this whole Nacre, not to {scope}." if elsewhere else f"There is no model “{name}”.",
            hint="An admin changes it with `nacre llm model …`; add one of the same name to use that here instead."
            if elsewhere
            else "`nacre llm model list` lists them.",
        )

    def _of(self, scope: str, kind: Kind) -> list[Model]:
        return [model for (of, _), model in self._models.items() if of == scope and model.kind == kind]

    def _check(self, model: Model) -> None:
        for name in (name for tier in model.tiers for name in tier):
            if name == model.name:
                raise InvalidInput("llm-bad-arguments", f"The chain “{name}” names itself.", hint="Leave it out.")
            self.find(model.scope, name, model.kind)

    def _unfolded(self, scope: str, model: Model, depth: int, seen: set[str]) -> Iterator[tuple[Model, ...]]:
        """Each name once, where it comes first: chains of chains of chains could name one another without end."""
        if not model.tiers:
            yield (model,)
        elif depth:
            for tier in model.tiers:
                fresh = [name for name in dict.fromkeys(tier) if name not in seen]
                seen.update(fresh)
                equals = [self.find(scope, name, model.kind) for name in fresh]
                plain = tuple(one for one in equals if not one.tiers)
                if plain:
                    yield plain
                for chain in (one for one in equals if one.tiers):
                    yield from self._unfolded(scope, chain, depth - 1, seen)

    async def _keep(self, model: Model) -> None:
        values = (
            model.scope, model.name, model.kind, model.provider, model.model, model.base_url, model.sealed_key,
            json.dumps(model.tiers) if model.tiers else None, model.options.model_dump_json(exclude_defaults=True),
            model.is_default, self._clock().timestamp(),
        )  # fmt: skip

        def work(connection: apsw.Connection) -> None:
            connection.execute(
                f"INSERT OR REPLACE INTO model ({_COLUMNS}, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                values,
            )

        await self._book.write(work)
        self._models[model.scope, model.name] = model
        self.version += 1


_USES: dict[Kind, str] = {"chat": "chat", "embedding": "embeddings"}


def _purpose(model: Model) -> str:
    return f"model {model.scope} {model.name}"


def _kept_key(before: Model | None, after: Model) -> str | None:
    """The key of the model that was there: to another address than it was given for, it must not go."""
    same = before is not None and (before.provider, before.base_url) == (after.provider, after.base_url)
    return before.sealed_key if before is not None and same else None
