"""The functions of redaction: which rules there are, adding and removing them, trying them on a text."""

from pydantic import Field

from nacre.llm.caller import HOME, Caller
from nacre.llm.desk import Desk
from nacre.llm.functions import Args, Json, function
from nacre.llm.redaction.rules import Action, Kind, Rule

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,59}$"


class NoArgs(Args):
    pass


class AddRedactionArgs(Args):
    name: str = Field(pattern=_NAME)
    kind: Kind
    pattern: str | None = None
    action: Action = "replace"


class RemoveRedactionArgs(Args):
    name: str


class RedactArgs(Args):
    text: str


@function("redactions")
async def redactions(desk: Desk, caller: Caller, args: NoArgs) -> Json:
    """→ the rules that hold for the caller's project"""
    return [_shown(rule) for rule in desk.redactions.seen_by(caller.scope)]


@function("add_redaction", admin=True)
async def add_redaction(desk: Desk, caller: Caller, args: AddRedactionArgs) -> Json:
    """→ the rule; from SQL it is the project's own, by the daemon everybody's"""
    rule = Rule(caller.scope, args.name, args.kind, args.pattern, args.action)
    await desk.redactions.add(rule)
    return _shown(rule)


@function("remove_redaction", admin=True)
async def remove_redaction(desk: Desk, caller: Caller, args: RemoveRedactionArgs) -> Json:
    """→ {"removed": name}"""
    await desk.redactions.remove(caller.scope, args.name)
    return {"removed": args.name}


@function("redact")
async def redact(desk: Desk, caller: Caller, args: RedactArgs) -> Json:
    """→ {"text", "found"}: what a model elsewhere would be told in place of a text; nothing leaves"""
    redaction = desk.redactions.for_prompt(caller.scope, stays_here=False)
    (text,) = redaction.all([args.text])
    return {"text": text, "found": redaction.found}


def _shown(rule: Rule) -> Json:
    return {
        "name": rule.name,
        "kind": rule.kind,
        "pattern": rule.pattern,
        "action": rule.action,
        "shared": rule.scope == HOME,
    }
