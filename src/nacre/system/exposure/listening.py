"""Who may reach a socket, and what it asks of them: the rows of `nacre ports`, and the words for them."""

from dataclasses import dataclass
from typing import Literal

from nacre.core.operations import Answer

Reach = Literal["daemon", "gateway", "sandbox", "machine", "network"]
"""From where it can be connected to: by Nacre itself alone, by the gateway, from inside one sandbox, from this machine,
from the network. Each of the last two includes the ones before it but the sandbox."""

Needs = Literal["nothing", "gateway", "membership", "sign-in", "password", "token", "ownership"]
"""What whoever connects must have to be served; for a socket behind the gateway, what the gateway asks for;
"gateway" is being it."""

State = Literal["as-configured", "unexpected", "missing"]

WIDTH: dict[Reach, int] = {"daemon": 0, "sandbox": 0, "gateway": 1, "machine": 2, "network": 3}
"""How far each reaches: what is wider than it should be is exposed."""


class Listening(Answer):
    """One socket that accepts connections. `address` is address and port, with “inside” in a sandbox's own
    network, or a path below the home; `pid` the process that holds it, None where nobody does or it cannot be seen;
    `why` says in a sentence what is not as configured, and is empty when all is."""

    what: str
    project: str | None
    protocol: Literal["tcp", "udp", "unix"]
    address: str
    pid: int | None
    reach: Reach
    needs: Needs
    state: State
    why: str


@dataclass(frozen=True)
class Meant:
    """What a socket is for, and how far it may reach at most."""

    what: str
    reach: Reach
    needs: Needs
    ref: str | None = None

    @property
    def project(self) -> str | None:
        return self.ref.partition(":")[0] if self.ref else None
