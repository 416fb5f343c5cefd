"""What the HTTP surface needs of the daemon."""

from typing import Protocol, TypeVar

from nacre.core.dispatch import Dispatcher
from nacre.core.events import EventBus
from nacre.core.principals import Principal

S = TypeVar("S")


class Served(Protocol):
    @property
    def dispatcher(self) -> Dispatcher: ...

    @property
    def bus(self) -> EventBus: ...

    def authenticate(self, token: str) -> Principal | None: ...

    def service(self, kind: type[S]) -> S: ...
