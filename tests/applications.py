"""Small genuine projects of the frameworks that previews know: each a mapping of path to text."""

from pathlib import Path

VITE = {
    "package.json": """{"name": "vite-shop", "private": true, "type": "module",
 "scripts": {"dev": "vite", "build": "vite build"}, "devDependencies": {"vite": "^8.3.4"}}""",
    "index.html": """<!doctype html>
<html lang="en">
  <head><meta charset="UTF-8" /><title>shop</title></head>
  <body><div id="app"></div><script type="module" src="/src/main.js"></script></body>
</html>
""",
    "src/main.js": """import './style.css'
import { greeting } from './greeting.js'

document.querySelector('#app').textContent = greeting
if (import.meta.hot) import.meta.hot.accept('./greeting.js', (now) => {
  document.querySelector('#app').textContent = now.greeting
})
""",
    "src/greeting.js": "export const greeting = 'Hello from Vite'\n",
    "src/style.css": "#app { color: teal }\n",
}
NEXT = {
    "package.json": """{"name": "next-shop", "private": true, "scripts": {"dev": "next dev --turbopack"},
 "dependencies": {"next": "16.4.6", "react": "19.2.0", "react-dom": "19.2.0"}}""",
    "app/layout.js": "export default function Layout({ children }) { return <html><body>{children}</body></html> }\n",
    "app/page.js": "export default function Page() { return <h1>Hello from Next.js</h1> }\n",
    "node_modules/.bin/next": "",
}
EXPRESS = {
    "package.json": '{"name": "express-shop", "main": "index.js", "dependencies": {"express": "^5.1.0"}}',
    "index.js": """const express = require('express')
const app = express()
app.get('/', (request, response) => response.send(`Hello from Express at ${request.get('x-forwarded-prefix')}`))
app.listen(process.env.PORT, '127.0.0.1')
""",
    "node_modules/express/index.js": "",
}
FLASK = {
    "requirements.txt": "flask\n",
    "app.py": """from flask import Flask, url_for

app = Flask(__name__)


@app.get("/")
def home() -> str:
    return f"Hello from Flask at {url_for('about')}"


@app.get("/about")
def about() -> str:
    return "About"
""",
}
FASTAPI = {
    "requirements.txt": "fastapi\nuvicorn\n",
    "app/__init__.py": "",
    "app/main.py": """from fastapi import FastAPI, Request

app = FastAPI(title="shop")


@app.get("/")
def home(request: Request) -> dict[str, str]:
    return {"hello": "FastAPI", "about": request.url_for("about").path}


@app.get("/about")
def about() -> str:
    return "About"
""",
}
DJANGO = {
    "manage.py": """import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
""",
    "shop/__init__.py": "",
    "shop/settings.py": """SECRET_KEY = "only for development"
DEBUG = True
ALLOWED_HOSTS = []
INSTALLED_APPS = ["django.contrib.staticfiles"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "shop.urls"
STATIC_URL = "/static/"
STATICFILES_DIRS = ["assets"]
DATABASES = {}
""",
    "shop/urls.py": """from django.http import HttpResponse
from django.templatetags.static import static
from django.urls import path, reverse


def home(request):
    return HttpResponse(f"Hello from Django at {reverse('about')} with {static('style.css')}")


def about(request):
    return HttpResponse("About")


urlpatterns = [path("", home), path("about", about, name="about")]
""",
    "assets/style.css": "h1 { color: teal }\n",
}
STATIC = {
    "index.html": '<!doctype html><link rel="stylesheet" href="style.css"><h1>Hello from a page</h1>\n',
    "style.css": "h1 { color: teal }\n",
}
ALL = {
    "Vite": VITE, "Next.js": NEXT, "Express": EXPRESS, "Flask": FLASK, "FastAPI": FASTAPI, "Django": DJANGO,
    "static pages": STATIC,
}  # fmt: skip


def lay_out(files: dict[str, str], folder: Path) -> Path:
    """Write a project's files into `folder`."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder
