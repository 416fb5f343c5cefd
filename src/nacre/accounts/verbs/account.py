"""The verbs of one's own account: account show, update, change-password, and the first link of a home."""

from typing import Annotated

from pydantic import Field, SecretStr

from nacre.accounts.account import Account, WhoAmI
from nacre.accounts.links import Link, Links
from nacre.accounts.people import Language
from nacre.core.operations import Answer, Call, Effect, Private, operation
from nacre.core.principals import Principal, Role


class NoInput(Call):
    pass


class UpdateAccount(Call):
    display_name: str | None = Field(None, min_length=1, max_length=80, description="The name that others see.")
    language: Language | None = Field(None, description="The language of the console.")


class ChangePassword(Call):
    current: Annotated[SecretStr, Private(), Field(max_length=1000, description="Your present password.")]
    new: Annotated[SecretStr, Private(), Field(max_length=1000, description="The new one.")]


class PasswordChanged(Answer):
    """`sessions_ended` is how many other browsers were signed out."""

    sessions_ended: int


@operation("account.show", "GET /api/account", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def show_account(account: Account, who: Principal, call: NoInput) -> WhoAmI:
    """Say who you are here, and where you may do what."""
    return account.show(who)


@operation("account.update", "PATCH /api/account", role=Role.VIEWER, effect=Effect.WRITE, in_person=True)
def update_account(account: Account, who: Principal, call: UpdateAccount) -> WhoAmI:
    """Change the name that others see of you, or your language."""
    return account.update(who, call.model_dump(exclude_unset=True, exclude_none=True))


@operation(
    "account.change-password", "POST /api/account/password", role=Role.VIEWER, effect=Effect.WRITE, in_person=True
)
def change_password(account: Account, who: Principal, call: ChangePassword) -> PasswordChanged:
    """Change your password. All other sessions of yours end."""
    ended = account.change_password(who, call.current.get_secret_value(), call.new.get_secret_value())
    return PasswordChanged(sessions_ended=ended)


@operation("account.link", "POST /api/account/link", role=Role.OWNER, effect=Effect.WRITE)
def make_first_link(links: Links, who: Principal, call: NoInput) -> Link:
    """Make a one-time link for the first sign-in of a new home; earlier ones stop working.

    Whoever follows it becomes the first admin. Once somebody has, `person reset-link` makes links for people.
    """
    return links.first(str(who))
