"""`nacre history show`, for people: the window first, then what it takes."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import counted, duration, size, utc


def present(answer: dict[str, Any], console: Console) -> None:
    wal, files = answer["wal"], answer["files"]
    sharing = "copy-on-write" if answer["copy_on_write"] else "copies: this disk cannot share blocks"
    packed = f"{size(files['packed_bytes'])} packed, {size(files['raw_bytes'])} before"
    lines = [
        f"{answer['ref']} can go back to any moment from {utc(answer['oldest'])} to {utc(answer['newest'])}",
        f"  disk   {size(answer['disk_bytes'])} in all, on {answer['storage']} ({sharing})",
        f"  WAL    {counted(wal['segments'], 'segment')}, {size(wal['size_bytes'])}, {wal['from_lsn']}–{wal['to_lsn']}",
        f"  files  {counted(files['entries'], 'version')}, {packed}",
    ]
    if answer["trouble"]:
        lines.append(f"  trouble: {answer['trouble']}")
    for line in lines:
        console.print(Text(line), soft_wrap=True)
    console.print("\n[bold]generations[/bold]")
    console.print(table([_generation(one) for one in answer["generations"]]))
    console.print("\n[bold]bases[/bold]")
    console.print(table([_base(one) for one in answer["bases"]]) if answer["bases"] else "None yet.")


def _generation(one: dict[str, Any]) -> dict[str, Any]:
    spans = (f"{utc(span['since'])} – {utc(span['until']) if span['until'] else 'now'}" for span in one["live"])
    return {**one, "live": "\n".join(spans)}


def _base(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "base": f"{one['generation']}.{one['number']}",
        "taken": utc(one["taken_at"]),
        "method": one["method"],
        "holds": size(one["size_bytes"]),
        "copied": size(one["bytes_copied"]),
        "took": duration(one["seconds"]),
        "sealed": one["sealed"],
        "state": f"{one['state']}: {one['damage']}" if one["damage"] else one["state"],
    }
