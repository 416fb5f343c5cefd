"""Every kind of provider there is: the presets, and what is plugged in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any

from nacre.engines.models.anthropic import Anthropic
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.minilm import Local
from nacre.engines.models.openai import OpenAICompatible, dialect_of
from nacre.engines.models.presets import PRESETS, Preset
from nacre.engines.models.provider import Config, Provider

GROUP = "nacre.models"
"""The entry points that plugins register under: a name, and a factory that takes a Config and gives a Provider."""

Factory = Callable[[Config], Provider]


@dataclass(frozen=True)
class Plugin:
    """`fault` says why one cannot be used; it is empty for one that can."""

    name: str
    source: str
    fault: str = ""


class Catalogue:
    """Opens providers by the name of their kind. `reload` finds plugins that were installed since."""

    def __init__(self) -> None:
        self._plugins: dict[str, Plugin] = {}
        self._factories: dict[str, Factory] = {}
        self._local: Local | None = None
        self.reload()

    @property
    def names(self) -> list[str]:
        return [*PRESETS, *self._factories]

    @property
    def plugins(self) -> list[Plugin]:
        return list(self._plugins.values())

    def preset(self, name: str) -> Preset | None:
        return PRESETS.get(name)

    def reload(self) -> list[Plugin]:
        """Look for plugins anew. A broken one is told in its `fault`, and keeps nobody from the others."""
        self._plugins, self._factories = {}, {}
        for point in metadata.entry_points(group=GROUP):
            source = point.dist.name if point.dist is not None else point.value
            fault = self._load(point)
            self._plugins[point.name] = Plugin(point.name, source, fault)
        return self.plugins

    def open(self, name: str, config: Config) -> Provider:
        """A provider of that kind. What `config` leaves out is the preset's.

        Raises ModelError UNKNOWN_MODEL for a kind that is not there, NO_KEY where one is missing, REFUSED for options
        that do not fit, DOWN for a base URL that is none or a plugin that fails.
        """
        if name in self._factories:
            return self._plugged(name, config)
        preset = PRESETS.get(name)
        if preset is None:
            fault = self._plugins[name].fault if name in self._plugins else ""
            raise ModelError(
                Kind.UNKNOWN_MODEL,
                f"The plugin “{name}” does not work: {fault}" if fault else f"There is no kind of provider “{name}”.",
                hint=f"There are: {', '.join(self.names)}.",
            )
        config = replace(config, base_url=config.base_url or preset.base_url)
        if preset.needs_key and not config.key:
            raise ModelError(
                Kind.NO_KEY, f"{preset.title} wants a key, and none is configured.", hint="Add the model with its key."
            )
        match preset.language:
            case "local":
                self._local = self._local or Local()
                return self._local
            case "anthropic":
                return Anthropic(config, preset.title)
            case "openai":
                return OpenAICompatible(config, dialect_of(_set(config.options), preset.dialect), _title(preset))

    def _load(self, point: metadata.EntryPoint) -> str:
        if point.name in PRESETS:
            return f"the name “{point.name}” belongs to a preset"
        try:
            factory = point.load()
        except Exception as error:  # a plugin may fail in any way; it is told, and harms nobody
            return f"{type(error).__name__}: {error}"
        if not callable(factory):
            return f"{point.value} is no factory: it cannot be called"
        self._factories[point.name] = factory
        return ""

    def _plugged(self, name: str, config: Config) -> Provider:
        try:
            return self._factories[name](config)
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(
                Kind.DOWN,
                f"The plugin “{name}” failed to open: {type(error).__name__}.",
                hint="Its own documentation may say which options it wants.",
            ) from error


def _set(options: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _title(preset: Preset) -> str:
    return preset.title if preset.needs_key else ""
