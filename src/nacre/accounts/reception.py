"""Where people are invited: needs those who are there, and links for those to come."""

from dataclasses import dataclass

from nacre.accounts.links import Links
from nacre.accounts.people import People


@dataclass(frozen=True)
class Reception:
    people: People
    links: Links
