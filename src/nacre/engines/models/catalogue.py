"""Every kind of provider there is: the presets, and what is plugged in."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from nacre.engines.models.anthropic import Anthropic, AnthropicOptions
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.minilm import Local
from nacre.engines.models.openai import OpenAICompatible
from nacre.engines.models.plugged import Plugin, find_plugins, open_plugged
from nacre.engines.models.presets import PRESETS, Preset
from nacre.engines.models.provider import Config, Provider
from nacre.engines.models.sbert import SentenceTransformers

Options = TypeVar("Options", bound=BaseModel)


class Catalogue:
    """Opens providers by the name of their kind.

    Plugins are those of the environment and of `folder`; what is installed or changed there counts from the next look.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._plugins: dict[str, Plugin[Provider]] = {}
        self._seen_at: int | None = None
        self._local = Local()
        self._sentence_transformers = SentenceTransformers()
        self.reload()

    @property
    def names(self) -> list[str]:
        return [*PRESETS, *(plugin.name for plugin in self.plugins if plugin.factory is not None)]

    @property
    def plugins(self) -> list[Plugin[Provider]]:
        if self._changed_at() != self._seen_at:
            self.reload()
        return list(self._plugins.values())

    def preset(self, name: str) -> Preset | None:
        return PRESETS.get(name)

    def reload(self) -> None:
        """Look for plugins anew. Providers that are open keep the code that they were opened with."""
        self._seen_at = self._changed_at()
        self._plugins = find_plugins(self._folder, frozenset(PRESETS))

    def open(self, name: str, config: Config) -> Provider:
        """A provider of that kind. What `config` leaves out is the preset's.

        Raises ModelError UNKNOWN_MODEL for a kind that is not there, NO_KEY where one is missing, REFUSED for options
        that do not fit, DOWN for a base URL that is none or a plugin that fails.
        """
        preset = PRESETS.get(name)
        if preset is not None:
            return self._preset(preset, replace(config, base_url=config.base_url or preset.base_url))
        plugin = next((plugin for plugin in self.plugins if plugin.name == name), None)
        if plugin is not None:
            return open_plugged(plugin, config)
        raise ModelError(
            Kind.UNKNOWN_MODEL, f"There is no provider “{name}”.", hint=f"There are: {', '.join(self.names)}."
        )

    def _preset(self, preset: Preset, config: Config) -> Provider:
        if preset.needs_key and not config.key:
            raise ModelError(
                Kind.NO_KEY, f"{preset.title} wants a key, and none is configured.", hint="Add the model with its key."
            )
        match preset.language:
            case "local":
                return self._local
            case "sentence-transformers":
                return self._sentence_transformers
            case "anthropic":
                return Anthropic(config, _options(AnthropicOptions(), config.options), preset.title)
            case "openai":
                name = preset.title if preset.needs_key else ""
                return OpenAICompatible(config, _options(preset.dialect, config.options), name)

    def _changed_at(self) -> int | None:
        try:
            return self._folder.stat().st_mtime_ns if self._folder is not None else None
        except FileNotFoundError:
            return None


def _options(default: Options, options: Mapping[str, Any]) -> Options:
    """`default` with what a person set. Raises ModelError REFUSED for what does not exist or does not fit."""
    said = {name: value for name, value in options.items() if value is not None}
    try:
        return type(default).model_validate(default.model_dump() | said)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        known = ", ".join(type(default).model_fields)
        raise ModelError(Kind.REFUSED, f"These options do not fit: {wrong}.", hint=f"There are {known}.") from error
