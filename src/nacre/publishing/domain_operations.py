"""The verbs of an app's own domains: app domain."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.publishing.domains import Domain, Domains, RemovedDomain
from nacre.publishing.fields import AppField

_NameField = Annotated[
    str,
    Cli(positional=True),
    Field(max_length=300, examples=["shop.example.com"], description="The name, without https:// and port."),
]


class OfApp(Call):
    app: AppField


class OfDomain(Call):
    app: AppField
    name: _NameField


class DomainList(RootModel[list[Domain]]):
    pass


@operation("app.domain.list", "GET /api/apps/{app}/domains", role=Role.VIEWER, effect=Effect.READ,
           scoped_by_handler=True)  # fmt: skip
def list_domains(domains: Domains, who: Principal, call: OfApp) -> DomainList:
    """List the domains of an app's own: whether the DNS leads here, whether the certificate is there, what is to do."""
    return DomainList(domains.all(who, call.app))


@operation("app.domain.add", "PUT /api/apps/{app}/domains/{name}", role=Role.VIEWER, effect=Effect.WRITE,
           scoped_by_handler=True)  # fmt: skip
def add_domain(domains: Domains, who: Principal, call: OfDomain) -> Domain:
    """Lead a domain of your own to an app. It holds at once; the certificate is made at the first visit.

    A domain belongs to one app; an app may have several, beside its own address. Needs the role admin in the project.
    """
    return domains.add(who, call.app, call.name)


@operation("app.domain.remove", "DELETE /api/apps/{app}/domains/{name}", role=Role.VIEWER, effect=Effect.WRITE,
           scoped_by_handler=True)  # fmt: skip
def remove_domain(domains: Domains, who: Principal, call: OfDomain) -> RemovedDomain:
    """Take a domain away from an app: visitors who come by it see nothing from now on. Adding it again brings it back.

    Needs the role admin in the project.
    """
    return domains.remove(who, call.app, call.name)
