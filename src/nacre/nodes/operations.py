"""The verbs of nodes: node add, list, show, remove, drain."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.nodes.joining import AddedNode, Joining
from nacre.nodes.nodes import Node, NodeRole, Nodes

NameField = Annotated[str, Cli(positional=True), Field(max_length=39, description="The node.", examples=["shelf"])]


class AddNode(Call):
    name: Annotated[
        str, Cli(positional=True), Field(max_length=39, description="What to call the machine.", examples=["shelf"])
    ]
    role: Annotated[list[NodeRole], Field(min_length=1, description="What it is for (repeat for several).")] = Field(
        default=["runner"]
    )


class OfNode(Call):
    name: NameField


class DrainNode(Call):
    name: NameField
    off: bool = Field(False, description="Let it take work again.")


class ListNodes(Call):
    pass


class NodeShown(Node):
    """`apps` are those that it runs, or would if they were not stopped."""

    apps: list[str]


class NodeList(RootModel[list[Node]]):
    pass


@operation("node.add", "POST /api/nodes", role=Role.ADMIN, effect=Effect.WRITE)
def add_node(joining: Joining, who: Principal, call: AddNode) -> AddedNode:
    """Let another machine join; answers with its token, shown this once, and the command to run there.

    The token is good for what the machine is for: jobs and what came of them, joining, and the images of apps. It is
    to be used within a day. One that never joined gets another by this; the token before it is good no more.
    """
    return joining.add(call.name, call.role, who)


@operation("node.list", "GET /api/nodes", role=Role.VIEWER, effect=Effect.READ)
def list_nodes(nodes: Nodes, who: Principal, call: ListNodes) -> NodeList:
    """List the machines that joined: what each is for, how it stands and how busy it is, when it was last heard of."""
    return NodeList(nodes.all())


@operation("node.show", "GET /api/nodes/{name}", role=Role.ADMIN, effect=Effect.READ)
def show_node(nodes: Nodes, who: Principal, call: OfNode) -> NodeShown:
    """Show a machine that joined, and the apps that are on it."""
    return NodeShown(**dict(nodes.get(call.name)), apps=nodes.kept(call.name))


@operation("node.remove", "DELETE /api/nodes/{name}", role=Role.ADMIN, effect=Effect.WRITE)
def remove_node(nodes: Nodes, who: Principal, call: OfNode) -> Node:
    """Part with a machine: its token stops at once, and what it has in hand is done by others."""
    return nodes.remove(call.name)


@operation("node.drain", "POST /api/nodes/{name}/drain", role=Role.ADMIN, effect=Effect.WRITE)
def drain_node(nodes: Nodes, who: Principal, call: DrainNode) -> Node:
    """Give a machine no new work; builds it finishes, and apps are moved off it one by one. `--off` ends that."""
    return nodes.drain(call.name, not call.off)
