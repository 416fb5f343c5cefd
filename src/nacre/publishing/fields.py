"""The input fields that the verbs of publishing share."""

from typing import Annotated

from pydantic import Field

from nacre.core.operations import Cli

AppField = Annotated[
    str, Cli(positional=True), Field(max_length=39, examples=["bakery"], description="The app, by its name.")
]
NumberField = Annotated[
    int, Cli(positional=True), Field(ge=1, lt=1 << 63, examples=[1], description="The number of the release.")
]
VariableField = Annotated[
    str, Cli(positional=True), Field(max_length=255, examples=["API_KEY"], description="The name of the variable.")
]
