"""How a machine joins: the credential made for it, and the words to type there."""

import shlex
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.engines.wires.authority import Authority, fingerprint
from nacre.nodes.messages import Join, Joined
from nacre.nodes.nodes import JOIN_WITHIN, NodeRole, Nodes


class AddedNode(Answer):
    """`token` is shown this once, and good for nothing if nobody used it by `expires_at`. `join` is what to run on that
    machine; `certificate`, where there is one, is a file of this machine's to be taken there first, since only it makes
    the other one trust this Nacre."""

    name: str
    roles: list[NodeRole]
    token: str
    expires_at: datetime
    join: str
    certificate: str | None


class Joining:
    def __init__(self, nodes: Nodes, url: str, certificate: Path | None, authority: Authority) -> None:
        self._nodes = nodes
        self._authority = authority
        self._url = url
        self._certificate = certificate

    def add(self, name: str, roles: list[NodeRole], by: Principal) -> AddedNode:
        """Raises Conflict "node-exists", InvalidInput "bad-name"."""
        node, token = self._nodes.add(name, roles, by)
        return AddedNode(
            name=node.name,
            roles=node.roles,
            token=token,
            expires_at=node.created_at + JOIN_WITHIN,
            join=join_command(self._url, token, self._certificate, node.roles),
            certificate=None if self._certificate is None else str(self._certificate),
        )

    def join(self, node: str, asked: Join) -> Joined:
        """What a node that runs apps proves itself by from now on: the certificate that it has, if it is the one that
        was made for it last. Raises InvalidInput "bad-key", "bad-address", NotAllowed "runs-no-apps"."""
        known = next((one.fingerprint for one in self._nodes.reached() if one.name == node), None)
        certificate = asked.certificate
        if not certificate or known is None or fingerprint(certificate) != known:
            certificate = self._authority.answerer(asked.public_key, node)
        self._nodes.joined(node, asked.address, fingerprint(certificate))
        self._nodes.heard(node, asked.version)
        return Joined(node=node, certificate=certificate, authority=self._authority.certificate())


def join_command(url: str, token: str, certificate: Path | None, roles: Sequence[NodeRole]) -> str:
    """One line for what runs apps, one for what builds. The token goes by the environment: arguments can be read by
    every user of that machine."""
    verbs = [["node", "join", url]] if "runtime" in roles else []
    if "runner" in roles or not verbs:
        verbs.append(["runner", "--join", url])
    trusted = [] if certificate is None else ["--cacert", certificate.name]
    return "\n".join(f"NACRE_NODE_TOKEN={token} {shlex.join(['nacre', *verb, *trusted])}" for verb in verbs)
