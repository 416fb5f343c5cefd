"""How a machine joins: the credential made for it, and the words to type there."""

import shlex
from pathlib import Path

from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.nodes.nodes import NodeRole, Nodes


class AddedNode(Answer):
    """`token` is shown this once. `join` is what to run on that machine; `certificate`, where there is one, is a file
    of this machine's to be taken there first, since only it makes the other one trust this Nacre."""

    name: str
    roles: list[NodeRole]
    token: str
    join: str
    certificate: str | None


class Joining:
    def __init__(self, nodes: Nodes, url: str, certificate: Path | None) -> None:
        self._nodes = nodes
        self._url = url
        self._certificate = certificate

    def add(self, name: str, roles: list[NodeRole], by: Principal) -> AddedNode:
        """Raises Conflict "node-exists", InvalidInput "bad-name"."""
        node, token = self._nodes.add(name, roles, by)
        return AddedNode(
            name=node.name,
            roles=node.roles,
            token=token,
            join=join_command(self._url, token, self._certificate),
            certificate=None if self._certificate is None else str(self._certificate),
        )


def join_command(url: str, token: str, certificate: Path | None) -> str:
    """The token goes by the environment: arguments can be read by every user of that machine."""
    argv = ["nacre", "runner", "--join", url]
    if certificate is not None:
        argv += ["--cacert", certificate.name]
    return f"NACRE_NODE_TOKEN={token} {shlex.join(argv)}"
