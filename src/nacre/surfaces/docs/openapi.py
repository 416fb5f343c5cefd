"""docs/reference/openapi.json: what a generated client is made from."""

import json

from nacre.core.operations import Registry
from nacre.surfaces.http.described import openapi_of


def openapi_text(registry: Registry) -> str:
    return json.dumps(openapi_of(registry), indent=2, ensure_ascii=False) + "\n"
