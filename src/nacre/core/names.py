"""Names of projects and branches, and the one way to write a branch: `shop` (its main) or `shop:try-x`."""

import re
from dataclasses import dataclass
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from nacre.core.errors import InvalidInput

MAIN = "main"
LONGEST_SLUG = 39
_SLUG = re.compile(rf"[a-z][a-z0-9-]{{0,{LONGEST_SLUG - 1}}}")
_RULE = "a lower-case letter, then up to 38 letters, digits or hyphens"


def check_slug(text: str, what: str) -> str:
    """Return `text` if it can name a project or a branch, else refuse with the rule."""
    if not _SLUG.fullmatch(text):
        article = "an" if what[0] in "aeiou" else "a"
        raise InvalidInput(
            "bad-name",
            f"“{text}” cannot name {article} {what}: it must be {_RULE}.",
            hint="Try something like “shop”.",
        )
    return text


@dataclass(frozen=True, order=True)
class Ref:
    """A branch of a project."""

    project: str
    branch: str = MAIN

    @classmethod
    def parse(cls, text: str) -> Self:
        """`shop` or `shop:try-x` → Ref; refuses anything else by InvalidInput "bad-name"."""
        project, colon, branch = text.partition(":")
        check_slug(project, "project")
        return cls(project, check_slug(branch, "branch") if colon else MAIN)

    def __str__(self) -> str:
        return self.project if self.branch == MAIN else f"{self.project}:{self.branch}"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        from_text = core_schema.no_info_after_validator_function(cls.parse, core_schema.str_schema())
        return core_schema.json_or_python_schema(
            json_schema=from_text,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), from_text]),
            serialization=core_schema.to_string_ser_schema(),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core_schema.str_schema())
        return {
            **schema,
            "pattern": f"^{_SLUG.pattern}(:{_SLUG.pattern})?$",
            "examples": ["shop", "shop:try-x"],
        }
