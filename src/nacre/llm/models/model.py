"""One model under the name that people give it, or a chain of such names."""

import json
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from nacre.llm.caller import HOME

Kind = Literal["chat", "embedding"]

_DEAREST = 1_000_000
_USD_TO_NANO_PER_TOKEN = 1_000
"""A price in dollars for a million tokens, as providers give it, in billionths of a dollar for one."""


class ModelOptions(BaseModel):
    """What can be said of a model beside where it is. None: as the provider's preset says, or without a limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    concurrency: int | None = Field(None, ge=1, le=10_000, description="How many calls may be under way at once.")
    requests_per_minute: int | None = Field(None, ge=1, description="How many calls may begin in a minute.")
    tokens_per_minute: int | None = Field(None, ge=1, description="How many tokens may be used in a minute.")
    first_token_s: float | None = Field(None, gt=0, le=3600, description="How long it may take to begin, in seconds.")
    total_s: float | None = Field(None, gt=0, le=86_400, description="How long a whole answer may take, in seconds.")
    attempts: int | None = Field(None, ge=1, le=20, description="How often it is asked before it counts as failed.")
    context: int | None = Field(None, ge=1, description="How many tokens prompt and answer may have together.")
    max_output: int | None = Field(None, ge=1, description="How many tokens an answer may have.")
    dimension: int | None = Field(None, ge=1, le=16_000, description="How many numbers an embedding has.")
    input_price: float | None = Field(
        None, ge=0, le=_DEAREST, description="What a million tokens of prompts cost, in dollars."
    )
    output_price: float | None = Field(
        None, ge=0, le=_DEAREST, description="What a million tokens of answers cost, in dollars."
    )
    local: bool | None = Field(
        None, description="Whether what it is told stays on this machine, so that nothing need be redacted."
    )
    provider: dict[str, JsonValue] = Field(
        default_factory=dict, description="The provider's own, as its reference says; sent as it is."
    )


_NONE_SAID = ModelOptions()


@dataclass(frozen=True)
class Model:
    """A row of the book. Either `provider` is told, or `tiers`: names to try, tier after tier, the equals in turn."""

    scope: str
    name: str
    kind: Kind
    provider: str | None = None
    model: str | None = None
    base_url: str | None = None
    sealed_key: str | None = None
    tiers: tuple[tuple[str, ...], ...] = ()
    options: ModelOptions = _NONE_SAID
    is_default: bool = False

    @classmethod
    def of_row(cls, row: tuple[Any, ...]) -> Self:
        scope, name, kind, provider, model, base_url, sealed_key, tiers, options, is_default = row
        return cls(
            scope, name, kind, provider, model, base_url, sealed_key,
            tuple(tuple(tier) for tier in json.loads(tiers)) if tiers else (),
            ModelOptions.model_validate_json(options), bool(is_default),
        )  # fmt: skip

    @property
    def stays_here(self) -> bool:
        """Whether what it is told stays on this machine."""
        return self.options.local is True

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        """What so many tokens cost, in billionths of a dollar; nothing where no price is told."""
        options = self.options
        return round(
            _USD_TO_NANO_PER_TOKEN
            * (input_tokens * (options.input_price or 0) + output_tokens * (options.output_price or 0))
        )


LOCAL = Model(
    scope=HOME, name="local", kind="embedding", provider="local", model="all-MiniLM-L6-v2",
    options=ModelOptions(dimension=384, context=256, local=True),
)  # fmt: skip
"""What embeds where nobody added anything: it needs no key and no network."""
