"""docs/reference/model-providers.md: what is known of each provider of models."""

from pydantic import BaseModel

from nacre.engines.models.anthropic import AnthropicOptions
from nacre.engines.models.openai import Dialect
from nacre.engines.models.presets import PRESETS, ModelFacts, Preset
from nacre.surfaces.docs import markdown

_ABOUT = """# Providers of models

What `nacre llm model add NAME --provider PROVIDER` knows already. Names and prices of models change faster than
programs: whatever is said when a model is added goes before what stands here. A provider that is not listed is added by
its base URL as `openai-compatible`, or as [a plugin](../how-to/add-a-model-provider.md).

*JSON* says how an answer is held to a JSON schema: by the provider itself (`json_schema`), as any JSON object with the
schema told in words (`json_object`), by a tool that must be called (`tool`), or in words alone (`none`). Answers are
checked in every case."""

_MODELS = """## Models

The first of a provider is proposed. Prices are of a million tokens; where none stands, none is known."""

_OPTIONS = """## Options

These may be said of a model as options of its provider, `--options '{"provider": {…}}'`, and go before the preset's.
For providers that speak OpenAI's language:"""

_ANTHROPIC = "For Anthropic:"

_STRUCTURED = {"anthropic": "tool", "local": ""}
_MEANINGS = {
    "structured": "how an answer is held to a JSON schema",
    "max_tokens_field": "what the API calls the limit of an answer's tokens",
    "embedding_batch": "how many texts are sent at a time",
    "embedding_encoding": "how vectors travel; base64 is a quarter of the size, and several times faster to read",
    "dimensions": "how many numbers a vector is to have, where the model lets one choose",
    "max_tokens": "the limit of an answer's tokens where a call has none: the API wants one",
    "headers": "headers that go along with each request",
}


def page() -> str:
    """The whole page: the providers, then the models of each, then the options."""
    rows = [
        [f"`{preset.name}`", preset.title, _places(preset), "yes" if preset.needs_key else "no", _structured(preset)]
        for preset in PRESETS.values()
    ]
    models = [
        [f"`{preset.name}`", f"`{model.name}`", _count(model.context), _use(model), *_price(model)]
        for preset in PRESETS.values()
        for model in preset.models
    ]
    return markdown.page(
        _ABOUT,
        markdown.table(["provider", "service", "base URL", "key", "JSON"], rows),
        _MODELS,
        markdown.table(["provider", "model", "context", "for", "input", "output", "as of"], models),
        _OPTIONS,
        _options(Dialect),
        _ANTHROPIC,
        _options(AnthropicOptions),
    )


def _options(options: type[BaseModel]) -> str:
    rows = [[f"`{name}`", f"`{field.default}`", _MEANINGS[name]] for name, field in options.model_fields.items()]
    return markdown.table(["option", "default", "meaning"], rows)


def _places(preset: Preset) -> str:
    places = [f"`{preset.base_url}`" if preset.base_url else "", *(f"or `{url}`" for url in preset.elsewhere)]
    return " ".join(places).strip()


def _structured(preset: Preset) -> str:
    word = _STRUCTURED.get(preset.language, preset.dialect.structured)
    return f"`{word}`" if word else ""


def _use(model: ModelFacts) -> str:
    return "chat" if model.dimension is None else f"embeddings, {model.dimension} numbers"


def _count(tokens: int | None) -> str:
    return "" if tokens is None else f"{tokens:,}"


def _price(model: ModelFacts) -> tuple[str, str, str]:
    price = model.price
    if price is None:
        return "", "", ""
    if not price.input and not price.output:
        return "free", "free", ""
    return f"{price.input:g} {price.currency}", f"{price.output:g} {price.currency}", price.as_of
