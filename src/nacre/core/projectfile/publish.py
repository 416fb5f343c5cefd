"""`[publish]` of nacre.toml: how the project is built into an image, and how its releases run."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from nacre.core.projectfile.values import Folder, Line, variables

_HOST = re.compile(r"(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.I)

Runtime = Literal["python", "node", "static", "dockerfile"]
Seed = Literal["schema", "data", "empty"]

_TAKEN = {
    "PORT": "the port is set by [publish] port",
    "DATABASE_URL": "it is set by Nacre, to the app's own database",
    "NACRE_DATA": "it is set by Nacre, to the app's own folder",
}


def _path(path: str) -> str:
    if not path.startswith("/") or path.startswith("//") or any(ord(letter) <= 32 for letter in path) or "#" in path:
        raise ValueError("it must be a path of the app, such as /up")
    return path


def _pattern(pattern: str) -> str:
    if pattern.startswith(("!", "#")) or "\0" in pattern or ".." in pattern.split("/"):
        raise ValueError(f"“{pattern}” must be a pattern as in .gitignore, such as docs/ or *.psd")
    return pattern


Path = Annotated[str, StringConstraints(max_length=500), AfterValidator(_path)]
Pattern = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_pattern)
]


class Publish(BaseModel):
    """The table `[publish]`. Every key may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="The git branch of which each push is published, such as main; nothing when left out."
    )
    folder: Folder = Field(
        "", description="The folder of the project that is published; the project itself when left out."
    )
    runtime: Runtime | None = Field(None, description="python, node, static or dockerfile; detected when left out.")
    install: Line | None = Field(
        None, description="The command line that installs the dependencies; that of the lock file when left out."
    )
    build: Line | None = Field(
        None,
        description="The command line run once they are installed, to make what is served; detected when left out.",
    )
    start: Line | None = Field(
        None, description="The command line that starts the app; it must listen on the port in `PORT`."
    )
    static: Folder | None = Field(
        None, description="The folder of finished pages to serve, after `build` if there is one; nothing is started."
    )
    release: Line | None = Field(
        None, description="A command line run once for each release before it is live, such as a migration."
    )
    health: Path | None = Field(
        None, description="The path asked to tell whether a release is well; / answering below 500 when left out."
    )
    port: Annotated[int, Field(strict=True, ge=1024, le=65535)] = Field(
        8080, description="The port the app listens on, handed to it as `PORT`."
    )
    env: dict[str, str] = Field(
        {}, description="Variables for the app and its build; secrets belong into `nacre app secret set`."
    )
    memory_mb: Annotated[int, Field(strict=True, ge=64, le=1 << 20)] = Field(
        512, description="The memory that the app may take, in MB."
    )
    cpus: Annotated[float, Field(gt=0, le=1024)] = Field(1, description="The processors that the app may keep busy.")
    idle_minutes: Annotated[float, Field(gt=0, le=10080)] | None = Field(
        None, description="After so long without a request the app sleeps, until the next one; never when left out."
    )
    drain_s: Annotated[float, Field(ge=0, le=3600)] = Field(
        30, description="How long requests and WebSockets of the release before may go on, in seconds."
    )
    egress: Literal["open", "closed"] | tuple[str, ...] = Field(
        "open", description="What the app reaches of the internet: open, closed, or a list of hosts."
    )
    seed: Seed = Field(
        "schema", description="What the app's database begins with: the branch's schema, its data too, or empty."
    )
    include: tuple[Pattern, ...] = Field(
        (), description="Patterns of files that go into the image although they are left out otherwise, as dist/."
    )
    exclude: tuple[Pattern, ...] = Field((), description="Patterns of files that stay out of the image.")

    @field_validator("env")
    @classmethod
    def _variables(cls, env: dict[str, str]) -> dict[str, str]:
        return variables(env, _TAKEN)

    @field_validator("egress", mode="before")
    @classmethod
    def _hosts(cls, egress: object) -> object:
        if isinstance(egress, list | tuple) and all(isinstance(host, str) for host in egress):
            wrong = next((host for host in egress if not _HOST.fullmatch(host)), None)
            if wrong is not None:
                raise ValueError(f"“{wrong}” is no host, such as api.example.org or *.example.org")
            return tuple(egress)
        if egress not in ("open", "closed"):
            raise ValueError("it must be open, closed or a list of hosts")
        return egress
