"""CSV as people have it: read line by line with a header, its columns matched to a table's. No I/O of its own."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nacre.core.errors import InvalidInput

LONGEST_FIELD = 16 << 20
csv.field_size_limit(LONGEST_FIELD)


def read(chunks: Iterable[bytes], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The records with the number of the line that each ends on; empty lines are left out.

    Raises InvalidInput "bad-csv" for what is not UTF-8 or not CSV.
    """
    reader = csv.reader(_lines(chunks), delimiter=delimiter, strict=True)
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            raise InvalidInput(
                "bad-csv",
                f"After line {reader.line_num} comes what is not UTF-8: {error.reason}.",
                hint="Save it as UTF-8.",
            ) from None
        except csv.Error as error:
            raise InvalidInput(
                "bad-csv", f"Line {reader.line_num} is not CSV: {error}.", hint="Check its quotes and the delimiter."
            ) from None
        if record:
            yield reader.line_num, record


def matched(header: Sequence[str], columns: Sequence[str], mapping: Mapping[str, str]) -> list[tuple[int, str]]:
    """Which field of a record goes into which column: by `mapping` (header → column), else by the same name.

    Without regard to case or blanks around. Raises InvalidInput naming a header that has no column.
    """
    by_name = {name.casefold(): name for name in columns}
    wanted = {name.strip(): column for name, column in mapping.items()}
    for name in wanted.keys() - {each.strip() for each in header}:
        raise InvalidInput("csv-header", f"The CSV has no header “{name:.100}”.", hint=f"It has: {', '.join(header)}.")
    found: list[tuple[int, str]] = []
    for at, name in enumerate(map(str.strip, header)):
        target = wanted.get(name, by_name.get(name.casefold()) if name not in wanted else None)
        if target == "":
            continue
        if target is None or target not in columns:
            raise InvalidInput(
                "csv-header",
                f"The table has no column for the header “{(target or name):.100}”.",
                hint=f"Map it (header=column), or leave it out (header=). The table has: {', '.join(columns)}.",
            )
        found.append((at, target))
    doubled = next((column for _, column in found if [each for _, each in found].count(column) > 1), None)
    if doubled is not None:
        raise InvalidInput("csv-header", f"Two headers go into the column “{doubled}”.", hint="Leave one out: header=")
    if not found:
        raise InvalidInput("csv-header", "No header goes into any column.", hint="Is the first line the header?")
    return found


def parse_mapping(pairs: Sequence[str]) -> dict[str, str]:
    """`header=column` each; an empty column leaves the header out."""
    found: dict[str, str] = {}
    for pair in pairs:
        header, equals, column = pair.rpartition("=")
        if not equals or not header:
            raise InvalidInput("bad-mapping", f"“{pair:.100}” is no mapping.", hint="Write header=column.")
        found[header] = column
    return found


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    first = True
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield _decoded(line + b"\n", first)
            first = False
        if len(rest) > LONGEST_FIELD:
            raise InvalidInput("bad-csv", f"A line is longer than {LONGEST_FIELD >> 20} MiB.")
    if rest:
        yield _decoded(rest, first)


def _decoded(line: bytes, first: bool) -> str:
    return line.decode("utf-8-sig" if first else "utf-8")
