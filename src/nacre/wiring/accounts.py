"""Wires who may call."""

from nacre.accounts.tokens import Tokens
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part


def wire_accounts(ground: Ground) -> Part:
    return Part({Tokens: Tokens(ground.store, ground.clock)})
