"""Two small apps as people write them, each with a page that says which release it is."""

from pathlib import Path

FLASK = {
    "requirements.txt": "flask\ngunicorn\n",
    "app.py": """from flask import Flask

app = Flask(__name__)


@app.get("/")
def home() -> str:
    return "release NUMBER"
""",
}
EXPRESS = {
    "package.json": """{"name": "express-shop", "private": true, "main": "index.js",
 "scripts": {"start": "node index.js"}, "dependencies": {"express": "^5.1.0"}}""",
    "index.js": """const express = require('express')
const app = express()
app.get('/', (request, response) => response.send('release NUMBER'))
app.listen(process.env.PORT)
""",
}


def lay_out(app: dict[str, str], folder: Path, number: int) -> None:
    """The app's files, saying that they are this release."""
    for name, text in app.items():
        (folder / name).write_text(text.replace("NUMBER", str(number)))
