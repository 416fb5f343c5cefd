"""The functions of models: which there are, adding and removing them, trying one."""

from typing import Literal

from pydantic import Field

from nacre.core.errors import InvalidInput
from nacre.engines.models.presets import Preset
from nacre.engines.models.provider import Message
from nacre.llm.caller import HOME, Caller
from nacre.llm.desk import Desk
from nacre.llm.functions import Args, Json, function
from nacre.llm.models.addresses import check_url
from nacre.llm.models.model import Kind, Model, ModelOptions
from nacre.llm.models.presets import in_dollars, kind_of
from nacre.llm.prompt import Options, Prompt

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$"
_SHORT = 8


class NoArgs(Args):
    pass


class AddModelArgs(Args):
    """Either a `provider` with its `model`, or `tiers`: names to try in turn, a list of lists of equals."""

    name: str = Field(pattern=_NAME)
    kind: Kind = "chat"
    provider: str | None = None
    model: str | None = None
    base_url: str | None = None
    key: str | None = Field(None, min_length=1, max_length=10_000, repr=False)
    tiers: list[list[str]] = Field(default=[], max_length=20)
    options: ModelOptions = ModelOptions()
    default: bool = False


class NameArgs(Args):
    name: str


class TestModelArgs(Args):
    name: str | None = None


@function("models")
async def models(desk: Desk, caller: Caller, args: NoArgs) -> Json:
    """→ every model that the caller can name; keys are never shown"""
    return [_shown(desk, model) for model in desk.models.seen_by(caller.scope)]


@function("providers")
async def providers(desk: Desk, caller: Caller, args: NoArgs) -> Json:
    """→ the kinds of providers, those of plugins included, with the models that are known of them"""
    catalogue = desk.reach.catalogue
    presets = [(name, catalogue.preset(name)) for name in catalogue.names]
    return [_offered(name, preset) for name, preset in presets]


@function("add_model", admin=True)
async def add_model(desk: Desk, caller: Caller, args: AddModelArgs) -> Json:
    """→ the model as it is kept; from SQL it is the project's own, by the daemon everybody's"""
    if bool(args.provider) == bool(args.tiers):
        raise InvalidInput(
            "llm-bad-arguments",
            f"The model “{args.name}” needs either a provider or, as a chain, tiers of names.",
            hint="For example provider => 'openai', model => 'gpt-4o-mini'; `nacre llm provider list` tells providers.",
        )
    base_url = check_url(args.base_url) if args.base_url else None
    tiers = tuple(tuple(tier) for tier in args.tiers if tier)
    model = Model(caller.scope, args.name, args.kind, args.provider, args.model, base_url, None, tiers, args.options)
    if not caller.owns_home:
        await desk.reach.refuse_for_a_project(model)
    kept = await desk.models.add(desk.reach.filled_in(model), args.key)
    if args.default and not kept.is_default:
        kept = await desk.models.set_default(caller.scope, kept.name)
    return _shown(desk, kept)


@function("remove_model", admin=True)
async def remove_model(desk: Desk, caller: Caller, args: NameArgs) -> Json:
    """→ the model that there was; its key is gone"""
    return _shown(desk, await desk.models.remove(caller.scope, args.name))


@function("set_default", admin=True)
async def set_default(desk: Desk, caller: Caller, args: NameArgs) -> Json:
    """→ the model, which is now what is asked where none is named"""
    return _shown(desk, await desk.models.set_default(caller.scope, args.name))


@function("test_model", admin=True)
async def test_model(desk: Desk, caller: Caller, args: TestModelArgs) -> Json:
    """→ {"model", "kind", "seconds", "says"}; raises what is wrong with it"""
    kind: Literal["chat", "embedding"] = "chat"
    if args.name is not None:
        kind = next((one.kind for one in desk.models.seen_by(caller.scope) if one.name == args.name), "chat")
    began = desk.clock()
    if kind == "embedding":
        embedded = await desk.embed(caller, ["Nacre is mother-of-pearl."], args.name)
        said, name = f"{embedded.dimension} dimensions", embedded.model
    else:
        prompt = Prompt(
            (Message("user", "Answer with the one word: ready"),), "test", args.name,
            Options(max_tokens=_SHORT * 8, cache=False),
        )  # fmt: skip
        reply = await desk.ask(caller, prompt)
        said, name = reply.text[:200], reply.model
    return {"model": name, "kind": kind, "seconds": (desk.clock() - began).total_seconds(), "says": said}


def _offered(name: str, preset: Preset | None) -> Json:
    if preset is None:
        return {"name": name, "title": f"{name} (a plugin)", "base_url": "", "needs_key": False, "models": []}
    models = []
    for facts in preset.models:
        prices = (None, None) if facts.price is None else in_dollars(facts.price)
        models.append(
            {"name": facts.name, "kind": kind_of(facts), "context": facts.context, "input_price": prices[0],
             "output_price": prices[1]}
        )  # fmt: skip
    return {
        "name": name,
        "title": preset.title,
        "base_url": preset.base_url,
        "needs_key": preset.needs_key,
        "models": models,
    }


def _shown(desk: Desk, model: Model) -> Json:
    state = desk.reach.state(model)
    return {
        "name": model.name,
        "kind": model.kind,
        "provider": model.provider,
        "model": model.model,
        "base_url": model.base_url,
        "tiers": [list(tier) for tier in model.tiers],
        "has_key": model.sealed_key is not None,
        "default": model.is_default,
        "shared": model.scope == HOME,
        "options": model.options.model_dump(exclude_none=True, exclude_defaults=True),
        "state": state.word,
        "until": None if state.until is None else state.until.isoformat(),
    }
