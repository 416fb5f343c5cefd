"""What is asked of a model and what comes back: the words that all providers share."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length"]
"""`length`: the answer was cut off at the limit of tokens. A refusal is no finish but a ModelError."""


@dataclass(frozen=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True)
class ChatRequest:
    """`schema` is a JSON schema that the answer must follow; `extra` goes into the request's body as it is."""

    model: str
    messages: tuple[Message, ...]
    temperature: float | None = None
    max_tokens: int | None = None
    schema: Mapping[str, Any] | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Usage:
    """`estimated`: the provider did not count, so the tokens are guessed from the length of the texts."""

    input_tokens: int
    output_tokens: int
    estimated: bool = False


@dataclass(frozen=True)
class Completion:
    text: str
    finish: Finish
    usage: Usage


@dataclass(frozen=True)
class Piece:
    """Some of a streamed answer. The last one carries `finish` and `usage`, and perhaps no text.

    A piece with neither text nor finish is a sign of life: the model thinks, or waits for its turn.
    """

    text: str
    finish: Finish | None = None
    usage: Usage | None = None


class Provider(Protocol):
    """One account at one service. Everything raises ModelError; cancelling closes the connection at once."""

    async def chat(self, request: ChatRequest) -> Completion: ...

    def stream(self, request: ChatRequest) -> AsyncGenerator[Piece]:
        """The answer as it comes. Whoever stops before its end closes it (`contextlib.aclosing`)."""
        ...

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text, in the order of the texts."""
        ...

    async def models(self) -> list[str]:
        """The names of the models that the provider says it has."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True)
class Config:
    """How to reach a provider. `key` is never printed; `options` are the provider's own (see the presets).

    `public_only`: it is connected to at an address of the public internet alone, wherever its name leads by then.
    """

    base_url: str = ""
    key: str = field(default="", repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    public_only: bool = False
