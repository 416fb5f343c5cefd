"""Secrets at rest: sealed for one purpose, unreadable once altered, under a key that only the daemon can read."""

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nacre.core.secrets import SecretBox, new_password

Refused = Callable[..., None]
one_box = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "secret.key"


@pytest.fixture
def box(key_file: Path) -> SecretBox:
    return SecretBox(key_file)


@one_box
@given(text=st.text(), purpose=st.text())
def test_what_is_sealed_opens_again_for_the_same_purpose(box: SecretBox, text: str, purpose: str) -> None:
    assert box.open(box.seal(text, purpose), purpose) == text


def test_sealing_twice_never_looks_the_same(box: SecretBox) -> None:
    assert box.seal("secret", "test") != box.seal("secret", "test")


def test_a_secret_opens_for_no_other_purpose(box: SecretBox, refused_with: Refused) -> None:
    refused_with("secret-unreadable", box.open, box.seal("secret", "password of shop"), "password of bank")


@one_box
@given(data=st.data())
def test_a_flipped_bit_anywhere_is_noticed(box: SecretBox, refused_with: Refused, data: st.DataObject) -> None:
    key_id, _, body = box.seal("secret", "test").partition(":")
    raw = bytearray(base64.b64decode(body))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    refused_with("secret-unreadable", box.open, f"{key_id}:{base64.b64encode(raw).decode()}", "test")


@one_box
@given(data=st.data())
def test_a_cut_secret_is_noticed(box: SecretBox, refused_with: Refused, data: st.DataObject) -> None:
    sealed = box.seal("secret", "test")
    refused_with("secret-unreadable", box.open, sealed[: data.draw(st.integers(0, len(sealed) - 1))], "test")


def test_a_secret_of_a_missing_key_is_refused(box: SecretBox, tmp_path: Path, refused_with: Refused) -> None:
    sealed = box.seal("secret", "test")
    refused_with("secret-unreadable", box.open, sealed.replace("k1:", "k9:"), "test")
    refused_with("secret-unreadable", SecretBox(tmp_path / "another.key").open, sealed, "test")


def test_the_key_file_is_for_its_owner_alone_whatever_the_umask(key_file: Path) -> None:
    umask = os.umask(0)
    try:
        SecretBox(key_file)
    finally:
        os.umask(umask)
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert list(key_file.parent.iterdir()) == [key_file]


def test_a_key_once_made_stays(key_file: Path) -> None:
    sealed = SecretBox(key_file).seal("secret", "test")
    assert SecretBox(key_file).open(sealed, "test") == "secret"


def test_after_a_rotation_the_new_key_seals_and_the_old_one_still_opens(key_file: Path) -> None:
    old = SecretBox(key_file).seal("secret", "test")
    key_file.write_text(f"{key_file.read_text()}k2:{base64.b64encode(os.urandom(32)).decode()}\n")
    rotated = SecretBox(key_file)
    assert rotated.seal("secret", "test").startswith("k2:")
    assert rotated.open(old, "test") == "secret"


def test_neither_key_nor_text_shows_in_what_is_sealed(box: SecretBox) -> None:
    assert b"hunter2" not in base64.b64decode(box.seal("hunter2", "test").partition(":")[2])


def test_passwords_are_long_random_and_need_no_escaping_in_urls() -> None:
    passwords = {new_password() for _ in range(100)}
    assert len(passwords) == 100
    assert all(len(password) == 32 and password.replace("-", "").replace("_", "").isalnum() for password in passwords)


def test_another_process_opens_its_own_secrets_and_nothing_else(box: SecretBox, refused_with: Refused) -> None:
    other = SecretBox.of(box.derived("models"))
    assert SecretBox.of(box.derived("models")).open(other.seal("key", "model"), "model") == "key"
    refused_with("secret-unreadable", other.open, box.seal("password", "shop"), "shop")
    refused_with("secret-unreadable", SecretBox.of(box.derived("else")).open, other.seal("key", "model"), "model")
