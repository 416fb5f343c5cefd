"""A refusal as the git client shows it: plain text, line by line after “remote: ”."""

from starlette.responses import PlainTextResponse, Response

from nacre.core.errors import NacreError


def refusal(error: NacreError) -> Response:
    words = f"{error.message}\n{error.hint}\n" if error.hint else f"{error.message}\n"
    return PlainTextResponse(words, error.http_status, headers={"Cache-Control": "no-cache"})
