"""What presets say of models, as ours: prices in dollars, and whether they are on this machine. Pure."""

from dataclasses import replace

from nacre.core.errors import InvalidInput
from nacre.engines.models.presets import ModelFacts, Preset, Price
from nacre.llm.models.addresses import is_here
from nacre.llm.models.model import Kind, Model, ModelOptions

_CNY_PER_USD = 7.1
"""As of 2026-11; prices are the person's to change."""


def filled(model: Model, preset: Preset) -> Model:
    """The model with what its preset knows in place of what nobody said.

    Raises InvalidInput "llm-bad-arguments" (LM014) where the preset proposes no model of that kind and none is named.
    """
    name = model.model or next((facts.name for facts in preset.models if kind_of(facts) == model.kind), None)
    if name is None:
        raise InvalidInput(
            "llm-bad-arguments",
            f"{preset.title} has no model for {model.kind} that is known here.",
            hint="Say which with model; its provider's documentation names them.",
        )
    facts = preset.facts(name) or ModelFacts(name)
    known = {
        "context": facts.context,
        "max_output": facts.max_output,
        "dimension": facts.dimension,
        "input_price": None if facts.price is None else in_dollars(facts.price)[0],
        "output_price": None if facts.price is None else in_dollars(facts.price)[1],
        "local": True if preset.is_here or is_here(model.base_url or preset.base_url) else None,
    }
    said = {field: value for field, value in model.options.model_dump().items() if value is not None}
    return replace(model, model=name, options=ModelOptions.model_validate(known | said))


def kind_of(facts: ModelFacts) -> Kind:
    return "chat" if facts.dimension is None else "embedding"


def in_dollars(price: Price) -> tuple[float, float]:
    """Of a million tokens of prompts and of answers, rounded to a hundredth of a cent."""
    rate = _CNY_PER_USD if price.currency == "CNY" else 1.0
    return round(price.input / rate, 4), round(price.output / rate, 4)
