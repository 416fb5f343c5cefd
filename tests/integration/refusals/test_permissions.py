"""Every operation × every kind of token: let through to its own refusal, or stopped at the door, as declared."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.daemon import House
from tests.integration.refusals.conftest import OPERATIONS
from tests.integration.refusals.test_names import arguments_for

from nacre.core.operations import Operation
from nacre.core.principals import Role
from nacre.surfaces.client import request_of
from nacre.surfaces.verbs import describe

HOLDERS = {"viewer": Role.VIEWER, "user": Role.USER, "admin": Role.ADMIN}
AT_THE_DOOR = {"not-allowed", "outside-scope"}


@pytest.fixture(scope="module")
def tokens(house: House) -> Iterator[dict[str, dict[str, Any]]]:
    made = {role: house.call("token.create", name=f"a {role}", role=role) for role in HOLDERS}
    made["elsewhere"] = house.call("token.create", name="an agent elsewhere", role="admin", project=["nowhere"])
    yield made
    for token in made.values():
        house.call("token.revoke", id=token["id"])


def harmless(operation: Operation) -> dict[str, Any]:
    """Arguments that pass the door and are refused behind it: they name a project that does not exist."""
    needed = {name for name, field in operation.input.model_fields.items() if field.is_required()}
    own: dict[str, dict[str, Any]] = {
        "project.create": {"name": "shop"}, "token.create": {"name": ""}, "token.revoke": {"id": 999_999}
    }  # fmt: skip
    if operation.name in own:
        return own[operation.name]
    refs = dict.fromkeys(needed & {"ref", "a", "b"}, "absent")
    return {**arguments_for(operation, needed - refs.keys()), **refs}


def ask(house: House, token: str, operation: Operation, arguments: dict[str, Any]) -> httpx.Response:
    path, body = request_of(describe(operation), arguments)
    url = f"http://127.0.0.1:{house.settings.port}{path}"
    return httpx.request(operation.method, url, content=body, headers={"Authorization": f"Bearer {token}"}, timeout=60)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda one: one.name)
def test_a_role_lets_through_exactly_what_is_declared(
    house: House, tokens: dict[str, dict[str, Any]], operation: Operation
) -> None:
    for name, role in HOLDERS.items():
        answer = ask(house, tokens[name]["token"], operation, harmless(operation))
        stopped = answer.status_code == 403 and answer.json()["error"]["code"] in AT_THE_DOOR
        assert stopped == (role < operation.role), f"{name} {operation.name}: {answer.status_code} {answer.text}"
        assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda one: one.name)
def test_a_token_for_another_project_reaches_nothing_of_this_one(
    house: House, tokens: dict[str, dict[str, Any]], operation: Operation
) -> None:
    arguments = {**harmless(operation)}
    arguments |= dict.fromkeys(arguments.keys() & {"ref", "a", "b"}, "shop")
    answer = ask(house, tokens["elsewhere"]["token"], operation, arguments)
    if operation.scoped_by_handler:
        assert answer.status_code == 200
        assert "shop" not in answer.text
    else:
        assert answer.status_code == 403 or (answer.status_code == 400 and "ref" not in arguments), answer.text


def test_tokens_that_are_none_are_refused(house: House) -> None:
    status = OPERATIONS["system.status"]
    revoked = house.call("token.create", name="revoked")
    house.call("token.revoke", id=revoked["id"])
    expired = house.call("token.create", name="short", days=1e-7)
    for token in ("x", "nacre_" + "a" * 40, revoked["token"], expired["token"], expired["token"][:-1]):
        answer = ask(house, token, status, {})
        assert answer.status_code == 401, answer.text
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["error"]["code"] in ("bad-token", "no-token")
    house.call("token.revoke", id=expired["id"])


def test_a_viewer_sees_no_password(house: House, tokens: dict[str, dict[str, Any]]) -> None:
    for operation in (one for one in OPERATIONS.values() if one.role is Role.VIEWER):
        own = {**harmless(operation), **({"ref": "shop"} if "ref" in operation.input.model_fields else {})}
        answer = ask(house, tokens["viewer"]["token"], operation, own)
        assert "postgresql://" not in answer.text, operation.name
