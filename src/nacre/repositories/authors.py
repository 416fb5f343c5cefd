"""Who a commit is by: the person behind the call."""

from nacre.accounts.people import People
from nacre.core.errors import NotFound
from nacre.core.principals import Principal
from nacre.engines.git.commands import Person


class Authors:
    """`host` stands after the name of those whose e-mail address is not known."""

    def __init__(self, people: People, host: str) -> None:
        self._people = people
        self._host = host

    def of(self, who: Principal) -> Person:
        name = who.person or who.name
        try:
            person = self._people.get(name)
        except NotFound:  # the owner, and nodes
            return Person(name, f"{name}@{self._host}")
        return Person(person.display_name or name, person.email or f"{name}@{self._host}")
