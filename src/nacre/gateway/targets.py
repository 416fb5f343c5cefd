"""What an address on the content origin means, told by host and path alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nacre.core.errors import InvalidInput
from nacre.core.names import Ref, check_slug
from nacre.gateway.site import CONTENT_LABEL, without_port

AddOn = Literal["code", "jupyter"]
_ADD_ONS: dict[str, AddOn] = {"code": "code", "jupyter": "jupyter"}
_WHOLE_PATH = re.compile(r"[^?#]*")


@dataclass(frozen=True)
class Running:
    """What a person runs now: /ws/{person}/."""

    person: str
    base: str


@dataclass(frozen=True)
class Preview:
    """What runs on a branch: /p/{project}/{branch}/, or a name of its own with an empty base.

    `refs` are the branches that the name may stand for; only a name with several double hyphens has more than one.
    """

    refs: tuple[Ref, ...]
    base: str


@dataclass(frozen=True)
class SignedInAddOn:
    """A tool of the person who is signed in: /code, /jupyter."""

    name: AddOn
    base: str


@dataclass(frozen=True)
class Bare:
    """The base of a target without the slash that makes relative links work."""

    location: str


Target = Running | Preview | SignedInAddOn


def target_of(host: str, uri: str, domain: str) -> Target | Bare | None:
    """What is meant, or None when nothing is. `host` is the Host header, `uri` path and query as they were sent."""
    found = _WHOLE_PATH.match(uri)
    path = found.group() if found else ""
    name = without_port(host).lower()
    if domain and name != f"{CONTENT_LABEL}.{domain}":
        refs = tuple(_refs(name.removesuffix(f".{domain}")))
        return Preview(refs, "") if refs else None
    match path.split("/")[1:]:
        case ["ws", person, *rest] if _is_slug(person):
            return _unless_bare(Running(person, f"/ws/{person}"), rest, path, uri)
        case ["p", project, branch, *rest] if _is_slug(project) and _is_slug(branch):
            return _unless_bare(Preview((Ref(project, branch),), f"/p/{project}/{branch}"), rest, path, uri)
        case [tool, *rest] if tool in _ADD_ONS:
            return _unless_bare(SignedInAddOn(_ADD_ONS[tool], f"/{tool}"), rest, path, uri)
    return None


def branch_label(ref: Ref) -> str:
    """The name of a branch's preview below the domain."""
    return f"{ref.branch}--{ref.project}"


def _refs(label: str) -> Iterator[Ref]:
    """The branches a label may name: it is cut at a double hyphen, of which names may have some themselves."""
    for cut in re.finditer("(?=--)", label):
        branch, project = label[: cut.start()], label[cut.start() + 2 :]
        if _is_slug(branch) and _is_slug(project):
            yield Ref(project, branch)


def _unless_bare(target: Target, rest: list[str], path: str, uri: str) -> Target | Bare:
    return target if rest else Bare(f"{path}/{uri[len(path) :]}")


def _is_slug(word: str) -> bool:
    try:
        check_slug(word, "name")
    except InvalidInput:
        return False
    return True
