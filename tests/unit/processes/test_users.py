"""The account that children drop to."""

import os

import pytest

from nacre.engines.processes import users
from nacre.engines.processes.users import find, service_account, useradd_argv


def test_an_account_is_made_with_no_way_to_sign_in() -> None:
    argv = useradd_argv("nacre")
    assert argv[:-2] == [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
    ]
    assert argv[-2].endswith(("nologin", "false"))


@pytest.mark.root
def test_an_existing_account_is_taken_as_it_is() -> None:
    assert service_account("nobody") == find("nobody")


@pytest.mark.root
def test_an_account_that_cannot_be_made_falls_back_to_nobody_and_says_why() -> None:
    account = service_account("not a name!")
    assert account is not None
    assert account.name == "nobody"
    assert "could not be created (useradd: invalid user name" in account.note


@pytest.mark.skipif(os.geteuid() == 0, reason="for ordinary users")
def test_an_ordinary_user_keeps_being_itself() -> None:
    assert users.service_account("nacre") is None
