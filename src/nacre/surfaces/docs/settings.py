"""docs/reference/settings.md: every setting, its default and its names."""

from nacre.core.settings import Settings
from nacre.surfaces.docs import markdown
from nacre.surfaces.docs.schema import type_words

_ABOUT = """# Settings

Later ones win: the default, `nacre.toml` in the home, the environment, the flags of `nacre up`.
`nacre config show` prints every value and where it came from. The home itself is set by `NACRE_HOME` or `--home`."""


def page() -> str:
    """The whole page, settings in the order they are declared."""
    schema = Settings.model_json_schema()
    rows = []
    for name, field in schema["properties"].items():
        default = field.get("default")
        words = "`/var/lib/nacre` for root, else the user's data folder" if name == "home" else f"`{default}`"
        names = f"`NACRE_{name.upper()}` `--{name.replace('_', '-')}`"
        shown = words if default is not None or name == "home" else ""
        rows.append([f"`{name}`", names, type_words(field, schema), shown, field.get("description", "")])
    return markdown.page(_ABOUT, markdown.table(["setting", "environment, flag", "type", "default", "meaning"], rows))
