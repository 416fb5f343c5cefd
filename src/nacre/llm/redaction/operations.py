"""The verbs of redaction: llm redaction list, add, remove."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.llm.client import Llm
from nacre.llm.redaction.rules import Action, Kind

_WHOSE = "A branch whose project it is about (none: everybody in this Nacre)."
_NAME = r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,59}$"


class ListRules(Call):
    ref: Annotated[Ref | None, Field(description="A branch whose project's rules are listed too.")] = None


class AddRule(Call):
    name: Annotated[
        str, Cli(positional=True), Field(pattern=_NAME, description="What it is called.", examples=["email"])
    ]
    kind: Annotated[Kind, Field(description="What it finds.")]
    pattern: Annotated[str | None, Field(description="For the kind regex: the regular expression.")] = None
    action: Annotated[Action, Field(description="Whether what is found is replaced, or the prompt refused.")] = (
        "replace"
    )
    ref: Annotated[Ref | None, Field(description=_WHOSE)] = None


class NameRule(Call):
    name: Annotated[str, Cli(positional=True), Field(pattern=_NAME, description="Which rule.", examples=["email"])]
    ref: Annotated[Ref | None, Field(description=_WHOSE)] = None


class RuleShown(Answer):
    name: str
    kind: Kind
    pattern: str | None
    action: Action
    shared: bool


class RuleList(RootModel[list[RuleShown]]):
    pass


class RuleRemoved(Answer):
    removed: str


@operation("llm.redaction.list", "GET /api/llm/redaction", role=Role.USER, effect=Effect.READ)
def list_rules(llm: Llm, who: Principal, call: ListRules) -> RuleList:
    """List what must not leave this machine in a prompt, and what becomes of it."""
    return RuleList.model_validate(llm.call(who, "redactions", {}, call.ref))


@operation("llm.redaction.add", "POST /api/llm/redaction", role=Role.ADMIN, effect=Effect.WRITE)
def add_rule(llm: Llm, who: Principal, call: AddRule) -> RuleShown:
    """Keep something in prompts from leaving this machine: e-mail addresses, card numbers, keys, or a pattern.

    What is found becomes its rule's name and a number, or the prompt is refused. Models on this machine are told all.
    """
    args = call.model_dump(mode="json", exclude={"ref"}, exclude_none=True)
    return RuleShown.model_validate(llm.call(who, "add_redaction", args, call.ref))


@operation("llm.redaction.remove", "DELETE /api/llm/redaction/{name}", role=Role.ADMIN, effect=Effect.WRITE)
def remove_rule(llm: Llm, who: Principal, call: NameRule) -> RuleRemoved:
    """Remove a rule of redaction: what it found leaves with prompts again."""
    return RuleRemoved.model_validate(llm.call(who, "remove_redaction", {"name": call.name}, call.ref))
