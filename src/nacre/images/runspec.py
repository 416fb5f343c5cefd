"""How an image is run: what the build found out, carried in the image's label `dev.nacre.run`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from nacre.core.errors import InvalidInput
from nacre.images.base.userland import APP_UID

LABEL = "dev.nacre.run"
"""The label of an image that holds its RunSpec as JSON."""


class Egress(BaseModel):
    """What the app reaches of the internet; `hosts` are read only by allow-list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: Literal["open", "allow-list", "closed"] = "open"
    hosts: tuple[str, ...] = ()


class RunSpec(BaseModel):
    """One image's way to be run. `start` and `release` are argv lists; `cron` has shell lines by schedule.

    `env` is what the image's own configuration holds too, PATH included. The server must listen on `port`, which it
    finds in `PORT`. `health` is the path asked, None for the root answering below 500. `idle_minutes` None: it never
    sleeps. `dependencies` are folders of the image that nothing writes to while it runs.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["python", "node", "static", "dockerfile"]
    start: tuple[str, ...]
    cwd: str = "/app"
    env: dict[str, str] = {}
    user: str = f"{APP_UID}:{APP_UID}"
    health: str | None = None
    release: tuple[str, ...] | None = None
    cron: dict[str, str] = {}
    port: int = 8080
    drain_s: float = 30
    memory_mb: int = 512
    cpus: float = 1
    idle_minutes: float | None = None
    egress: Egress = Egress()
    seed: Literal["schema", "data", "empty"] = "schema"
    dependencies: tuple[str, ...] = ()

    def label(self) -> str:
        """As the label holds it: the same text for the same spec."""
        return self.model_dump_json(exclude_defaults=True)

    @classmethod
    def of_label(cls, text: str) -> "RunSpec":
        """Raises InvalidInput "bad-image-label"."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise InvalidInput(
                "bad-image-label",
                f"The image's label {LABEL} does not say how it is run: {error.errors()[0]['msg']}.",
                hint="Publish it again, so that it is built anew.",
            ) from error
