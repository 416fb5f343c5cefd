"""JSON Schemas in a few words, for tables."""

from nacre.surfaces.verbs import Schema, resolved


def type_words(schema: Schema, root: Schema) -> str:
    """What a value may be: “text”, “list of number”, “red, blue or nothing”, a model's name."""
    if "$ref" in schema and "properties" in resolved(schema, root):
        return str(schema["$ref"].rsplit("/", 1)[1])
    schema = resolved(schema, root)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(type_words(one, root) for one in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{choice}`" for choice in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {type_words(schema.get('items', {}), root)}"
    if schema.get("format") == "date-time":
        return "time"
    return _WORDS.get(str(schema.get("type")), "anything")


_WORDS = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "yes or no",
    "object": "object",
    "null": "nothing",
}
