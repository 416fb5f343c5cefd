"""The verbs of accounts, each subject's in a module of its own."""

import nacre.accounts.verbs.account
import nacre.accounts.verbs.keys
import nacre.accounts.verbs.members
import nacre.accounts.verbs.people
import nacre.accounts.verbs.sessions
import nacre.accounts.verbs.tokens  # noqa: F401
