"""The verbs of models: llm model list, add, remove, default, test; llm provider list."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, RootModel, SecretStr

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.llm.client import Llm
from nacre.llm.models.model import Kind, ModelOptions

WHOSE = "A branch whose project it is about (none: everybody in this Nacre)."


def _split(tier: Any) -> Any:
    return [name.strip() for name in tier.split(",")] if isinstance(tier, str) else tier


Tier = Annotated[list[str], BeforeValidator(_split)]


class ListModels(Call):
    ref: Annotated[Ref | None, Field(description="A branch whose project's models are listed too.")] = None


class AddModel(Call):
    name: Annotated[
        str,
        Cli(positional=True),
        Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$", description="What it is called.", examples=["gpt"]),
    ]
    ref: Annotated[Ref | None, Field(description=WHOSE)] = None
    kind: Annotated[Kind, Field(description="What it does.")] = "chat"
    provider: Annotated[str | None, Field(description="Whose it is; `llm provider list` tells.")] = None
    model: Annotated[str | None, Field(description="What its provider calls it.")] = None
    base_url: Annotated[str | None, Field(description="Where it is (none: where its provider's are).")] = None
    key: Annotated[SecretStr | None, Private(), Field(max_length=10_000, description="Its key.")] = None
    tiers: list[Tier] = Field(
        default=[],
        max_length=20,
        description="For a chain: names to try in turn; several by commas take turns.",
        examples=[["fast,cheap", "local"]],
    )
    options: Annotated[ModelOptions, Field(description="Limits, prices and what else may be said of it.")] = (
        ModelOptions()
    )
    default: Annotated[bool, Field(description="Ask it where no model is named.")] = False


class NameModel(Call):
    name: Annotated[str, Cli(positional=True), Field(max_length=100, description="Which model.", examples=["gpt"])]
    ref: Annotated[Ref | None, Field(description=WHOSE)] = None


class TestModel(Call):
    name: Annotated[
        str | None, Cli(positional=True), Field(max_length=100, description="Which model (none: the default).")
    ] = None
    ref: Annotated[Ref | None, Field(description=WHOSE)] = None


class ListProviders(Call):
    pass


class ModelShown(Answer):
    """`shared`: everybody's, not a project's own. `tiers` are those of a chain. `state` is how it is now: ready;
    paused after failures or limited by its provider, `until` then; no-key."""

    name: str
    kind: Kind
    provider: str | None
    model: str | None
    base_url: str | None
    tiers: list[list[str]]
    has_key: bool
    default: bool
    shared: bool
    options: ModelOptions
    state: str
    until: str | None


class ModelList(RootModel[list[ModelShown]]):
    pass


class ModelTested(Answer):
    model: str
    kind: Kind
    seconds: float
    says: str


class ModelOffered(Answer):
    name: str
    kind: Literal["chat", "embedding"]
    context: int | None
    input_price: float | None
    output_price: float | None


class ProviderShown(Answer):
    """`models` are proposals with prices in dollars for a million tokens; any other that it has will do."""

    name: str
    title: str
    base_url: str
    needs_key: bool
    models: list[ModelOffered]


class ProviderList(RootModel[list[ProviderShown]]):
    pass


@operation("llm.model.list", "GET /api/llm/models", role=Role.VIEWER, effect=Effect.READ)
def list_models(llm: Llm, who: Principal, call: ListModels) -> ModelList:
    """List the language models that can be named, and how each is; keys are never shown."""
    return ModelList.model_validate(llm.call(who, "models", {}, call.ref))


@operation("llm.model.add", "POST /api/llm/models", role=Role.ADMIN, effect=Effect.WRITE)
def add_model(llm: Llm, who: Principal, call: AddModel) -> ModelShown:
    """Add a language model under a name, or put another in its place; the next call uses it.

    Give a provider with its model, or tiers of names for a chain: the first that works answers. The key is asked for
    (`--key`), kept encrypted, and goes to its provider alone.
    """
    args = call.model_dump(mode="json", exclude={"ref", "key"}, exclude_none=True)
    if call.key is not None:
        args["key"] = call.key.get_secret_value()
    return ModelShown.model_validate(llm.call(who, "add_model", args, call.ref))


@operation("llm.model.remove", "DELETE /api/llm/models/{name}", role=Role.ADMIN, effect=Effect.WRITE)
def remove_model(llm: Llm, who: Principal, call: NameModel) -> ModelShown:
    """Remove a language model, and its key with it."""
    return ModelShown.model_validate(llm.call(who, "remove_model", {"name": call.name}, call.ref))


@operation("llm.model.default", "POST /api/llm/models/{name}/default", role=Role.ADMIN, effect=Effect.WRITE)
def choose_model(llm: Llm, who: Principal, call: NameModel) -> ModelShown:
    """Make a model the one that is asked where none is named."""
    return ModelShown.model_validate(llm.call(who, "set_default", {"name": call.name}, call.ref))


@operation("llm.model.test", "POST /api/llm/test", role=Role.ADMIN, effect=Effect.WRITE)
def test_model(llm: Llm, who: Principal, call: TestModel) -> ModelTested:
    """Ask a model something small, and say what it answers and how long it takes."""
    return ModelTested.model_validate(llm.call(who, "test_model", {"name": call.name}, call.ref))


@operation("llm.provider.list", "GET /api/llm/providers", role=Role.VIEWER, effect=Effect.READ)
def list_providers(llm: Llm, who: Principal, call: ListProviders) -> ProviderList:
    """List the providers of models that there are, plugins included, with models and prices to begin with."""
    return ProviderList.model_validate(llm.call(who, "providers", {}))
