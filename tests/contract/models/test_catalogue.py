"""Kinds of providers: each preset opens, plugins come and go while it runs, and a broken one harms nobody."""

from pathlib import Path

import pytest
from tests.contract.models.conftest import KEY
from tests.plugged import install
from tests.provider import FakeProvider

from nacre.engines.models.catalogue import Catalogue
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.presets import PRESETS
from nacre.engines.models.provider import ChatRequest, Config, Message

ASKED = ChatRequest("fake-large", (Message("user", "Hello"),))


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_opens_with_a_key_and_says_so_without_one(name: str) -> None:
    preset = PRESETS[name]
    base_url = "" if preset.base_url else "http://127.0.0.1:1/v1"
    assert Catalogue().open(name, Config(base_url, KEY))
    if preset.needs_key:
        with pytest.raises(ModelError) as failed:
            Catalogue().open(name, Config(base_url))
        assert failed.value.kind is Kind.NO_KEY


@pytest.mark.parametrize(
    ("name", "config", "kind"),
    [
        ("nobody", Config("http://127.0.0.1:1"), Kind.UNKNOWN_MODEL),
        ("openai-compatible", Config(""), Kind.DOWN),
        ("openai-compatible", Config("ftp://127.0.0.1/v1"), Kind.DOWN),
        ("openai-compatible", Config("https://name:word@example.com/v1"), Kind.DOWN),
        ("openai-compatible", Config("https://example.com:notaport/v1"), Kind.DOWN),
        ("openai", Config(key="sk-one\r\nX-Other: 1"), Kind.KEY_REFUSED),
        ("openai", Config(key=KEY, options={"structred": "none"}), Kind.REFUSED),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_told(name: str, config: Config, kind: Kind) -> None:
    with pytest.raises(ModelError) as failed:
        Catalogue().open(name, config)
    assert failed.value.kind is kind
    assert failed.value.hint and "sk-one" not in failed.value.message


async def test_options_of_a_person_go_before_the_presets(fake: FakeProvider) -> None:
    provider = Catalogue().open(
        "openai", Config(fake.base_url, KEY, {"max_tokens_field": "max_tokens", "headers": {"X-Team": "blue"}})
    )
    await provider.chat(ChatRequest("fake-large", ASKED.messages, max_tokens=5, extra={"top_p": 0.5}))
    (asked,) = fake.asked
    assert (asked.body["max_tokens"], asked.body["top_p"], asked.headers["x-team"]) == (5, 0.5, "blue")
    await provider.close()


async def test_plugins_come_change_and_go_while_it_runs(fake: FakeProvider, plugins: Path) -> None:
    catalogue = Catalogue(plugins)
    assert "acme" in catalogue.names and "later" not in catalogue.names
    code = "from nacre.engines.models.openai import OpenAICompatible\n"
    install(plugins, "later-models", {"later": "later_models:OpenAICompatible"}, later_models=code)
    provider = catalogue.open("later", Config(fake.base_url, KEY))
    assert (await provider.chat(ASKED)).text == "You said: Hello"
    install(
        plugins,
        "later-models",
        {"later": "later_v2:make"},
        later_v2="def make(config):\n    raise OSError(config.key)\n",
    )
    (plugins / "touched").touch()
    with pytest.raises(ModelError) as failed:
        catalogue.open("later", Config(fake.base_url, KEY))
    assert failed.value.kind is Kind.DOWN and KEY not in failed.value.message
    assert (await provider.chat(ASKED)).text == "You said: Hello", "what is open goes on"
    await provider.close()


async def test_a_broken_plugin_is_told_and_harms_nobody(fake: FakeProvider, plugins: Path) -> None:
    points = {
        "gone": "no_such_module:make",
        "wrong": "broken_models:NAME",
        "openai": "broken_models:make",
        "fails": "broken_models:make",
    }
    code = "NAME = 1\ndef make(config):\n    return object()\n"
    install(plugins, "broken-models", points, broken_models=code)
    catalogue = Catalogue(plugins)
    faults = {plugin.name: plugin.fault for plugin in catalogue.plugins}
    assert "no_such_module" in faults["gone"] and "cannot be called" in faults["wrong"]
    assert "belongs to Nacre" in faults["openai"] and faults["fails"] == "" and faults["acme"] == ""
    for name in ("gone", "wrong", "fails"):
        with pytest.raises(ModelError) as failed:
            await catalogue.open(name, Config(fake.base_url, KEY)).chat(ASKED)
        assert failed.value.kind is Kind.DOWN
    assert (await catalogue.open("acme", Config(fake.base_url, KEY)).chat(ASKED)).text == "You said: Hello"
