"""Plugins as pip leaves them in a folder of packages."""

from pathlib import Path


def install(folder: Path, package: str, points: dict[str, str], *, group: str = "nacre.models", **modules: str) -> None:
    for name, code in modules.items():
        (folder / f"{name}.py").write_text(code)
    about = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = "".join(f"{name} = {value}\n" for name, value in points.items())
    (about / "entry_points.txt").write_text(f"[{group}]\n{lines}")
