"""The ecosystems in the order they are asked: the first that knows how to start a source has it."""

from nacre.building.ecosystems.dockerfile import Dockerfile
from nacre.building.ecosystems.ecosystem import Ecosystem
from nacre.building.ecosystems.node import Node
from nacre.building.ecosystems.pages import Pages
from nacre.building.ecosystems.python import Python

ECOSYSTEMS: tuple[Ecosystem, ...] = (Python(), Node(), Dockerfile(), Pages())
