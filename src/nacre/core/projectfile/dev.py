"""`[dev]` of nacre.toml: how the project is run while it is developed."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from nacre.core.projectfile.values import Folder, Line, variables


class Dev(BaseModel):
    """The table `[dev]`. Every key may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: Line | None = Field(
        None, description="The command line that starts the development server; without it Nacre detects one."
    )
    install: Line | None = Field(
        None, description="The command line that installs what is missing, run first when it is needed."
    )
    port: Annotated[int, Field(strict=True, ge=1024, le=65535)] | None = Field(
        None, description="The port it listens on, where it does not take the one in `PORT`."
    )
    folder: Folder = Field("", description="The folder of the project it is run in; the project itself when left out.")
    strip: Annotated[bool, Field(strict=True)] | None = Field(
        None,
        description="Whether the base path is taken off before a request reaches the server; detected when left out.",
    )
    env: dict[str, str] = Field({}, description="Variables for its environment; they win over Nacre's.")

    @field_validator("env")
    @classmethod
    def _variables(cls, env: dict[str, str]) -> dict[str, str]:
        return variables(env, {"PORT": "the port is set by [dev] port"})
