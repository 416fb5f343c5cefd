"""FLASK_APP of a Flask project in a preview: the project's own application, told of its base path and its gateway."""

import os

from flask import Flask
from flask.cli import ScriptInfo
from werkzeug.middleware.proxy_fix import ProxyFix


def create_app() -> Flask:
    app = ScriptInfo(app_import_path=os.environ.get("NACRE_FLASK_APP")).load_app()
    # The gateway sets these headers itself and lets none of a client's through.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0, x_prefix=1)
    # Several previews share an origin: each keeps its cookies to itself.
    app.config["APPLICATION_ROOT"] = os.environ.get("NACRE_BASE_PATH", "/")
    return app
