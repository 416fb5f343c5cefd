"""The frameworks in the order they are asked: the more special before the more general, and one that takes the rest."""

from nacre.previews.frameworks.command import Command
from nacre.previews.frameworks.django import Django
from nacre.previews.frameworks.express import Express
from nacre.previews.frameworks.fastapi import FastAPI
from nacre.previews.frameworks.flask import Flask
from nacre.previews.frameworks.framework import Framework
from nacre.previews.frameworks.gunicorn import Gunicorn
from nacre.previews.frameworks.next import Next
from nacre.previews.frameworks.script import Script
from nacre.previews.frameworks.static import Static
from nacre.previews.frameworks.vite import Vite

FRAMEWORKS: tuple[Framework, ...] = (
    Next(),
    Vite(),
    Django(),
    FastAPI(),
    Flask(),
    Express(),
    Script(),
    Gunicorn(),
    Static(),
    Command(),
)
