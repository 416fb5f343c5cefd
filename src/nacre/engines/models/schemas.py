"""What a JSON schema needs so that a provider can hold a model to it."""

import json
from collections.abc import Mapping
from typing import Any


def is_strict(schema: Any) -> bool:
    """May OpenAI's strict mode take it? Every object must name all its properties as required, and allow no others."""
    if isinstance(schema, list):
        return all(map(is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object":
        names = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(names):
            return False
    return all(is_strict(value) for name, value in schema.items() if name not in ("enum", "const", "default"))


def asked_in_words(schema: Mapping[str, Any]) -> str:
    """The sentence that asks for it where the provider cannot enforce it."""
    told = json.dumps(schema, ensure_ascii=False)
    return f"Answer with JSON only, without any words or code fences around it. It must follow this JSON schema: {told}"
