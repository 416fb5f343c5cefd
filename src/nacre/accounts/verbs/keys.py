"""The verbs of SSH keys: key add, list, remove."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.accounts.keys import KeyRow, Keys
from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role

_EXAMPLE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2Zt3YF1vO6sl3k1ZqzJ1d0F1h4pNw0Q8mHqjHcA1bC ada@laptop"


class AddKey(Call):
    public_key: Annotated[
        str,
        Cli(positional=True),
        Field(min_length=1, max_length=20_000, description="The line in the .pub file.", examples=[_EXAMPLE]),
    ]
    name: str = Field("", max_length=80, description="What it is called (default: the comment in the key).")


class NoInput(Call):
    pass


class KeyList(RootModel[list[KeyRow]]):
    pass


class RemoveKey(Call):
    id: Annotated[int, Cli(positional=True), Field(ge=1, le=2**53, description="Its number in `key list`.")]


@operation("key.add", "POST /api/keys", role=Role.VIEWER, effect=Effect.WRITE, in_person=True)
def add_key(keys: Keys, who: Principal, call: AddKey) -> KeyRow:
    """Let whoever holds this SSH key use git over SSH as you; where `ssh_port` is set, git is reached that way."""
    return keys.add(call.name, call.public_key, who)


@operation("key.list", "GET /api/keys", role=Role.VIEWER, effect=Effect.READ, in_person=True)
def list_keys(keys: Keys, who: Principal, call: NoInput) -> KeyList:
    """List your SSH keys, as an admin everybody's."""
    return KeyList(keys.all(_whose(who)))


@operation("key.remove", "DELETE /api/keys/{id}", role=Role.VIEWER, effect=Effect.WRITE, in_person=True)
def remove_key(keys: Keys, who: Principal, call: RemoveKey) -> KeyRow:
    """Let nobody in by an SSH key any more, from their next command on. Admins may remove anybody's."""
    return keys.remove(call.id, _whose(who))


def _whose(who: Principal) -> str | None:
    return None if who.role >= Role.ADMIN else who.person
