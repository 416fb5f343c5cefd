"""Ordinary folders with a time machine under them: every change is journaled into a content-addressed store."""

from nacre.engines.files.branching import Branched
from nacre.engines.files.cap import Capped
from nacre.engines.files.damage import Damage, Loss
from nacre.engines.files.entry import Change, Entry, Flaw
from nacre.engines.files.history import FileHistory, Usage
from nacre.engines.files.journal import Version
from nacre.engines.files.restore import Plan, Restored
from nacre.engines.files.retention import Collected
from nacre.engines.files.tree import Tree
from nacre.engines.files.watcher import Health, Mark

__all__ = [
    "Branched",
    "Capped",
    "Change",
    "Collected",
    "Damage",
    "Entry",
    "FileHistory",
    "Flaw",
    "Health",
    "Loss",
    "Mark",
    "Plan",
    "Restored",
    "Tree",
    "Usage",
    "Version",
]
