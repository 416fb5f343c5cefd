"""Wires who may call: people, their sessions and tokens, and the ways to sign in."""

from dataclasses import dataclass

from nacre.accounts.account import Account
from nacre.accounts.attempts import Attempts
from nacre.accounts.handoff import HandOff
from nacre.accounts.keys import Keys
from nacre.accounts.links import Links
from nacre.accounts.members import Members
from nacre.accounts.openid import OpenId, OpenIds, provider_of
from nacre.accounts.passwords import Passwords
from nacre.accounts.people import People
from nacre.accounts.reception import Reception
from nacre.accounts.sessions import Sessions
from nacre.accounts.sign_in import SignIn
from nacre.accounts.tokens import Tokens
from nacre.branches.catalog import Catalog
from nacre.gateway.site import console_address
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part


@dataclass(frozen=True)
class Accounts:
    part: Part
    hand_off: HandOff
    people: People


def wire_accounts(ground: Ground, catalog: Catalog) -> Accounts:
    store, clock = ground.store, ground.clock
    passwords, attempts = Passwords(), Attempts(store, clock)
    people = People(store, clock, passwords)
    links = Links(store, clock, console_address(ground.settings))
    sessions = Sessions(store, clock)
    sign_in = SignIn(store, clock, ground.audit, passwords, people, sessions, links, attempts)
    hand_off = HandOff(store, clock, sessions)
    part = Part(
        {
            Account: Account(store, people, passwords, attempts),
            HandOff: hand_off,
            Keys: Keys(store, clock),
            Links: links,
            Members: Members(store, clock, catalog),
            OpenIds: _openid(ground, people, sign_in),
            People: people,
            Reception: Reception(people, links),
            Sessions: sessions,
            SignIn: sign_in,
            Tokens: Tokens(store, clock),
        }
    )
    return Accounts(part, hand_off, people)


def _openid(ground: Ground, people: People, sign_in: SignIn) -> OpenIds:
    settings = ground.settings
    provider = provider_of(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret_file,
        settings.oidc_name,
        settings.oidc_admins,
        settings.oidc_domains,
    )
    if provider is None:
        return OpenIds(None)
    callback = f"{console_address(settings)}/api/sign-in/oidc/callback"
    return OpenIds(OpenId(provider, callback, ground.store, ground.clock, people, sign_in))
