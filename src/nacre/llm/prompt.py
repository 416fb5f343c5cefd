"""What is asked of a model by way of the desk, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nacre.engines.models.provider import Message, Usage


@dataclass(frozen=True)
class Options:
    """How to answer. `cache` None: what is repeatable (temperature 0 or none said) is answered from the cache.

    `timeout_s` bounds the whole call, waiting for its turn included; `semantic` (0 to 1) lets an answer to a prompt
    that is so similar stand for one of its own; `extra` goes to the provider as it is.
    """

    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    timeout_s: float | None = None
    cache: bool | None = None
    semantic: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Prompt:
    """`purpose` is told in the audit, as “chat” or “text2sql”; `model` None is the caller's default."""

    messages: tuple[Message, ...]
    purpose: str
    model: str | None = None
    options: Options = Options()
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Reply:
    """`model` is the name of the one that answered; `cost_usd` what it cost; `finish` “length” when it was cut off."""

    text: str
    model: str
    finish: str
    usage: Usage
    cached: bool
    request_id: str
    seconds: float
    cost_usd: float


@dataclass(frozen=True)
class Embedded:
    """`digest` tells one version of a model from another: vectors of different digests do not compare."""

    model: str
    digest: str
    dimension: int
    vectors: list[list[float]]
    request_id: str
