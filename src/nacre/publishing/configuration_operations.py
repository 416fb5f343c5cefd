"""The verbs of an app's configuration: app secret and app env."""

from typing import Annotated

from pydantic import Field, RootModel, SecretStr

from nacre.core.operations import Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.publishing.configuration import Secret, Variable
from nacre.publishing.configuring import Configured, Configuring
from nacre.publishing.fields import AppField, VariableField


class OfApp(Call):
    app: AppField


class SetSecret(Call):
    app: AppField
    name: VariableField
    value: Annotated[SecretStr, Private(), Field(max_length=65_536, examples=["sample"], description="Its value.")]


class SetVariable(Call):
    app: AppField
    name: VariableField
    value: Annotated[
        str, Private(), Cli(positional=True), Field(max_length=65_536, examples=["sample"], description="Its value.")
    ]


class OfVariable(Call):
    app: AppField
    name: VariableField


class SecretList(RootModel[list[Secret]]):
    pass


class VariableList(RootModel[list[Variable]]):
    pass


@operation("app.secret.list", "GET /api/apps/{app}/secrets", role=Role.VIEWER, effect=Effect.READ,
           scoped_by_handler=True)  # fmt: skip
def list_secrets(configuring: Configuring, who: Principal, call: OfApp) -> SecretList:
    """List the names of an app's secrets, who set them and when; their values are never shown again."""
    return SecretList(configuring.secrets(who, call.app))


@operation("app.secret.set", "PUT /api/apps/{app}/secrets/{name}", role=Role.VIEWER, effect=Effect.WRITE,
           scoped_by_handler=True, long=True)  # fmt: skip
def set_secret(configuring: Configuring, who: Principal, call: SetSecret) -> Configured:
    """Set a secret of an app, which sees it as a variable of its environment. Kept encrypted, never shown again.

    An app that is live goes on in a new release with the same image. Needs the role admin in the project. On the
    command line the value is asked for, or read as a line of standard input.
    """
    return configuring.set_secret(who, call.app, call.name, call.value.get_secret_value())


@operation("app.secret.unset", "DELETE /api/apps/{app}/secrets/{name}", role=Role.VIEWER, effect=Effect.DESTRUCTIVE,
           scoped_by_handler=True, long=True)  # fmt: skip
def unset_secret(configuring: Configuring, who: Principal, call: OfVariable) -> Configured:
    """Take a secret away from an app; one that is live goes on in a new release. There is no way back to its value."""
    return configuring.unset_secret(who, call.app, call.name)


@operation("app.env.list", "GET /api/apps/{app}/env", role=Role.VIEWER, effect=Effect.READ,
           scoped_by_handler=True)  # fmt: skip
def list_variables(configuring: Configuring, who: Principal, call: OfApp) -> VariableList:
    """List the plain variables that are set for an app (needs the role user in the project)."""
    return VariableList(configuring.variables(who, call.app))


@operation("app.env.set", "PUT /api/apps/{app}/env/{name}", role=Role.VIEWER, effect=Effect.WRITE,
           scoped_by_handler=True, long=True)  # fmt: skip
def set_variable(configuring: Configuring, who: Principal, call: SetVariable) -> Configured:
    """Set a plain variable of an app's environment; one that is live goes on in a new release with the same image."""
    return configuring.set_variable(who, call.app, call.name, call.value)


@operation("app.env.unset", "DELETE /api/apps/{app}/env/{name}", role=Role.VIEWER, effect=Effect.WRITE,
           scoped_by_handler=True, long=True)  # fmt: skip
def unset_variable(configuring: Configuring, who: Principal, call: OfVariable) -> Configured:
    """Take a plain variable away from an app; one that is live goes on in a new release with the same image."""
    return configuring.unset_variable(who, call.app, call.name)
