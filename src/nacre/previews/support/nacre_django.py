"""Settings of a Django project in a preview: the project's own, told of its base path and its gateway.

The project's settings module is the one that its manage.py names.
"""

import importlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

_base = os.environ.get("NACRE_BASE_PATH", "/").rstrip("/")
_named = re.search(
    r"""DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([\w.]+)['"]""", Path("manage.py").read_text(encoding="utf-8")
)
assert _named is not None, "manage.py does not name a settings module"
_project = importlib.import_module(_named[1])
globals().update({name: value for name, value in vars(_project).items() if name.isupper()})

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if globals().get("DEBUG"):
    ALLOWED_HOSTS = [*globals().get("ALLOWED_HOSTS", ()), "localhost", "127.0.0.1", "[::1]"]
    ALLOWED_HOSTS += [host for host in os.environ.get("NACRE_HOSTS", "").split(",") if host]

if _base:
    MIDDLEWARE = ["nacre_django.below_the_base", *globals().get("MIDDLEWARE", ())]
    # Several previews share an origin: each keeps its cookies to itself.
    SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{_base}/"
    for _name in ("STATIC_URL", "MEDIA_URL"):
        _url = globals().get(_name)
        if isinstance(_url, str) and _url and "//" not in _url:
            globals()[_name] = f"{_base}/{_url.removeprefix('/')}"
    for _name in ("LOGIN_URL", "LOGIN_REDIRECT_URL", "LOGOUT_REDIRECT_URL"):
        _url = globals().get(_name, "/accounts/login/" if _name == "LOGIN_URL" else None)
        if isinstance(_url, str) and _url.startswith("/") and not _url.startswith("//"):
            globals()[_name] = _base + _url


def below_the_base(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Middleware: as if the server had told the base path as SCRIPT_NAME.

    FORCE_SCRIPT_NAME would keep Django's own server of static files, which stands before middleware, from finding them.
    """
    from django.urls import set_script_prefix

    def respond(request: Any) -> Any:
        request.META["SCRIPT_NAME"] = _base
        request.path_info = request.path_info.removeprefix(_base) or "/"
        set_script_prefix(f"{_base}/")
        return get_response(request)

    return respond
