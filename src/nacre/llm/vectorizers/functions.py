"""The functions of vectorizers that SQL calls: the rest happens in the database, and in the background."""

from typing import Any

from pydantic import Field

from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.functions import Args, Json, function
from nacre.llm.vectorizers.settings import settle


class SettleArgs(Args):
    wanted: dict[str, Any] = Field(description="columns, chunking, embedding and index.")


@function("vectorizer_settle")
async def vectorizer_settle(desk: Desk, caller: Caller, args: SettleArgs) -> Json:
    """What a new vectorizer is to be, checked and completed. A worker goes to the database that asked."""
    settings = await settle(desk, caller, args.wanted)
    await desk.crew.know(caller.site, caller.database)
    return settings
