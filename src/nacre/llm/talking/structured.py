"""Answers that follow a JSON schema: checked, and asked for again with what was wrong."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from nacre.core.errors import Failed, InvalidInput
from nacre.engines.models.provider import Message
from nacre.llm.bounded import TooSlow, at_most
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.functions import Json
from nacre.llm.prompt import Prompt, Reply

_ATTEMPTS = 3
_QUOTED = 2_000
_CHECKED_WITHIN_S = 0.5


async def ask_for_json(desk: Desk, caller: Caller, prompt: Prompt, schema: Mapping[str, Any]) -> tuple[Reply, Json]:
    """The reply and its value. Raises Failed "bad-answer" (LM010) when the model does not manage in three attempts."""
    validator = _validator(json.dumps(schema, sort_keys=True))
    prompt = replace(prompt, schema=schema)
    for attempt in range(_ATTEMPTS):
        reply = await desk.ask(caller, prompt)
        value, wrong = _checked(reply, validator)
        if wrong is None:
            return reply, value
        if attempt == 0:
            prompt = replace(prompt, options=replace(prompt.options, cache=False))
        prompt = replace(prompt, messages=(*prompt.messages, *_again(reply.text, wrong)))
    raise Failed(
        "bad-answer",
        f"{reply.model} did not give JSON that follows the schema in {_ATTEMPTS} attempts: {wrong}",
        hint="Make the schema simpler, allow more tokens with max_tokens, or use another model.",
    )


def read_json(text: str) -> Json:
    """The JSON that an answer is or holds: alone, in a fence, or after some words. Raises ValueError."""
    text = text.strip()
    if text.startswith("```"):
        text = text.partition("\n")[2].rpartition("```")[0].strip()
    try:
        return json.loads(text)
    except ValueError:
        starts = [place for place in (text.find("{"), text.find("[")) if place >= 0]
        if not starts:
            raise
        value, _ = json.JSONDecoder().raw_decode(text, min(starts))
        return value


def follows(value: Json, schema: Mapping[str, Any]) -> bool:
    """Whether a value follows a schema. Raises InvalidInput "llm-bad-arguments" (LM014) for what is no schema."""
    try:
        with at_most(_CHECKED_WITHIN_S):
            return bool(_validator(json.dumps(schema, sort_keys=True)).is_valid(value))
    except TooSlow:
        raise _slow() from None


def _slow() -> InvalidInput:
    return InvalidInput(
        "llm-bad-arguments",
        "To check an answer by this schema takes too long.",
        hint="Write its patterns without a repetition within a repetition, as (a+)+.",
    )


def _checked(reply: Reply, validator: Any) -> tuple[Json, str | None]:
    import referencing.exceptions

    try:
        value = read_json(reply.text)
    except ValueError as error:
        cut = " The answer was cut off." if reply.finish == "length" else ""
        return None, f"It is not JSON: {error}.{cut}"
    try:
        with at_most(_CHECKED_WITHIN_S):
            first = next(iter(validator.iter_errors(value)), None)
    except TooSlow:
        raise _slow() from None
    except referencing.exceptions.Unresolvable as error:
        raise InvalidInput(
            "llm-bad-arguments",
            f"The schema refers to what is not in it: {error}.",
            hint="Nothing is fetched: put all of it under $defs.",
        ) from None
    return value, None if first is None else f"{first.json_path}: {first.message[:_QUOTED]}"


def _again(text: str, wrong: str) -> tuple[Message, Message]:
    ask = f"That does not follow the schema. {wrong}\nAnswer again, with the JSON alone."
    return Message("assistant", text), Message("user", ask)


@lru_cache(maxsize=128)
def _validator(schema: str) -> Any:
    from jsonschema import exceptions, validators
    from referencing import Registry

    document = json.loads(schema)
    kind = validators.validator_for(document)
    try:
        kind.check_schema(document)
    except exceptions.SchemaError as error:
        raise InvalidInput(
            "llm-bad-arguments", f"This is no JSON schema: {error.message}.", hint="See json-schema.org."
        ) from None
    return kind(document, registry=Registry())  # of its own it would fetch what a schema refers to
