"""`nacre app move`, for people: how the app is now."""

from nacre.surfaces.cli.present.app_show import present as present
