"""docs/reference/pg_llm.md: the functions of pg_llm, read from the SQL that makes them."""

import re
from dataclasses import dataclass

from nacre.llm import compat
from nacre.llm.assembling import PG_LLM
from nacre.llm.errors import SQLSTATES

_ABOUT = f"""# Functions of pg_llm

Language models in SQL: schema `llm` of each new project, version {PG_LLM.current.name}. [How to use
them](../how-to/use-models-in-sql.md). Members of the role `llm_user` may call them; nothing is granted to PUBLIC.
Arguments may be named, as in `llm.chat('…', model => 'fast')`; those with a default may be left out."""

_ERRORS = """## SQLSTATEs

A call that fails is an SQL error, with a hint; never an answer. A call that is cancelled or runs into
`statement_timeout` ends with 57014, and the provider's connection with it."""

_COMPAT = """## pg_llm_compat

The functions of the public extension pg_llm 1.1, where they were asked for: [coming from
pg_llm](../how-to/come-from-pg-llm.md) tells how, and what is otherwise. They lie in the schema that the extension is
created in."""

_PARTS = {
    "Asking": ("chat", "chat_json", "chat_stream", "chat_batch", "parallel_chat"),
    "Dialogues": ("session_",),
    "Embeddings and search": ("embed", "search", "create_vectorizer", "alter_vectorizer", "drop_vectorizer",
                              "pause_vectorizer", "resume_vectorizer", "retry_vectorizer", "refill_vectorizer",
                              "vectorizer_"),
    "Models": ("models", "add_model", "remove_model", "set_default", "test_model"),
    "Calls, costs and budgets": ("usage", "audit", "trace", "feedback", "budgets", "set_budget", "remove_budget",
                                 "cache_clear"),
}  # fmt: skip
_REST = "Questions, texts in bulk, reports"

_FUNCTION = re.compile(
    r"CREATE OR REPLACE (?:FUNCTION|AGGREGATE) (llm|@extschema@)\.(\w+)\s*(\(.*?\))\s*(RETURNS\s+.*?)?\s+"
    r"(?:LANGUAGE|\(\s*\n)",
    re.S,
)
_COMMENT = re.compile(
    r"COMMENT ON (?:FUNCTION|AGGREGATE) (?:llm|@extschema@)\.(\w+)\s*\([^;]*?\)\s+IS\s+'((?:[^']|'')*)'", re.S
)


@dataclass(frozen=True)
class Function:
    """`about` is its COMMENT."""

    name: str
    signature: str
    about: str


def functions() -> list[Function]:
    """All that the schema llm has, in the order of their files."""
    return _made_by(PG_LLM.installing())


def compat_functions() -> list[Function]:
    """Those of pg_llm 1.1."""
    return _made_by(compat.functions())


def _made_by(script: str) -> list[Function]:
    told: dict[str, list[str]] = {}
    for name, text in _COMMENT.findall(script):
        told.setdefault(name, []).append(" ".join(text.replace("''", "'").split()))
    found = []
    for schema, name, arguments, returns in _FUNCTION.findall(script):
        # Those of one name are told in the order in which they are made.
        about = told[name].pop(0) if told.get(name) else ""
        called = f"llm.{name}" if schema == "llm" else name
        signature = f"{called}{arguments} {returns}".replace("RETURNS", "→").replace("@extschema:vector@.", "")
        found.append(Function(name, " ".join(signature.split()), about))
    return found


def page() -> str:
    parts: dict[str, list[Function]] = {title: [] for title in (*_PARTS, _REST)}
    for function in functions():
        parts[_part(function.name)].append(function)
    lines = [_ABOUT]
    for title, each in parts.items():
        if each:
            lines += [f"## {title}", *map(_told, each)]
    lines += [_COMPAT, *map(_told, compat_functions())]
    table = ["| SQLSTATE | error |", "|---|---|", "| LM000 | anything else |"]
    table += [f"| {state} | {code} |" for code, state in SQLSTATES.items()]
    return "\n\n".join([*lines, _ERRORS, "\n".join(table)]) + "\n"


def _told(function: Function) -> str:
    return f"### {function.name}\n\n```sql\n{function.signature}\n```\n\n{function.about}"


def _part(name: str) -> str:
    for title, names in _PARTS.items():
        if name in names or any(name.startswith(each) for each in names if each.endswith("_")):
            return title
    return _REST
