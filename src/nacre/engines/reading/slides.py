"""The text of a presentation (PPTX): its slides in their order, what is in their shapes and tables, and their notes.

A reader of its own: python-pptx would bring lxml and Pillow along, 39 MB to read what a few elements of XML hold.
(ECMA-376, part 1, 19: PresentationML; part 2: how parts refer to each other.)
"""

import posixpath
from collections.abc import Iterator
from xml.etree import ElementTree as Xml
from zipfile import ZipFile

_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_SLIDES = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_CHOSEN = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_NOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/notesSlide"

PRESENTATION = "ppt/presentation.xml"
_TITLES = ("title", "ctrTitle")
_ON_EVERY_SLIDE = ("dt", "ftr", "hdr", "sldNum")


def slides(archive: ZipFile) -> Iterator[str]:
    """Each slide as Markdown, nothing for one without text. Raises whatever parsers of broken files raise."""
    targets = _targets(archive, PRESENTATION)
    listed = _part(archive, PRESENTATION).iterfind(f"{_SLIDES}sldIdLst/{_SLIDES}sldId")
    for number, entry in enumerate(listed, 1):
        yield _slide(archive, number, targets[entry.attrib[f"{_OFFICE}id"]][0])


def _slide(archive: ZipFile, number: int, name: str) -> str:
    targets = _targets(archive, name)
    titles: list[str] = []
    texts: list[str] = []
    for shape in _shapes(_part(archive, name)):
        if _placeholder(shape) in _TITLES:
            titles += [" ".join(_paragraphs(shape))]
        else:
            texts += _texts(archive, shape, targets)
    for target, kind in targets.values():
        if kind == _NOTES:
            texts += _notes(_part(archive, target))
    title = " ".join(one for one in titles if one)
    if not title and not texts:
        return ""
    return "\n\n".join((f"# Slide {number}" + (f": {title}" if title else ""), *texts))


def _shapes(slide: Xml.Element) -> Iterator[Xml.Element]:
    """The shapes of a slide in their order, those in groups too; of alternatives the first."""
    waiting = [slide.find(f"{_SLIDES}cSld/{_SLIDES}spTree")]
    while waiting:
        shape = waiting.pop()
        if shape is None:
            continue
        if shape.tag in (f"{_SLIDES}spTree", f"{_SLIDES}grpSp"):
            waiting += reversed(list(shape))
        elif shape.tag == _CHOSEN:
            waiting += reversed(list(next(iter(shape), ())))
        elif shape.tag in (f"{_SLIDES}sp", f"{_SLIDES}graphicFrame"):
            yield shape


def _texts(archive: ZipFile, shape: Xml.Element, targets: dict[str, tuple[str, str]]) -> Iterator[str]:
    if _placeholder(shape) in _ON_EVERY_SLIDE:
        return
    for table in shape.iter(f"{_DRAWING}tbl"):
        yield from _rows(table)
    for diagram in shape.iter(f"{_DIAGRAM}relIds"):
        yield from _paragraphs(_part(archive, targets[diagram.attrib[f"{_OFFICE}dm"]][0]))
    for text in shape.iterfind(f"{_SLIDES}txBody"):
        yield from _paragraphs(text)


def _notes(notes: Xml.Element) -> Iterator[str]:
    texts = [text for shape in _shapes(notes) if _placeholder(shape) == "body" for text in _paragraphs(shape)]
    if texts:
        yield "Notes:"
        yield from texts


def _rows(table: Xml.Element) -> Iterator[str]:
    """A row a line, each cell under the name that the first row gives its column."""
    heads, *rows = [
        [" ".join(_paragraphs(cell)) for cell in row.iterfind(f"{_DRAWING}tc")]
        for row in table.iterfind(f"{_DRAWING}tr")
    ] or [[]]
    if not rows and any(heads):
        yield "; ".join(cell for cell in heads if cell)
    for row in rows:
        cells = [f"{head}: {cell}" if head else cell for head, cell in zip(heads, row, strict=False) if cell]
        if cells:
            yield "; ".join(cells)


def _paragraphs(within: Xml.Element) -> Iterator[str]:
    for paragraph in within.iter(f"{_DRAWING}p"):
        # A line break is one between words.
        parts = (" " if part.tag == f"{_DRAWING}br" else part.text or "" for part in _pieces(paragraph))
        text = " ".join("".join(parts).split())
        if text:
            yield text


def _pieces(paragraph: Xml.Element) -> Iterator[Xml.Element]:
    return (part for part in paragraph.iter() if part.tag in (f"{_DRAWING}t", f"{_DRAWING}br"))


def _placeholder(shape: Xml.Element) -> str | None:
    """What the layout has a shape for, None where it has none."""
    found = shape.find(f"*/{_SLIDES}nvPr/{_SLIDES}ph")
    return None if found is None else found.get("type", "obj")


def _targets(archive: ZipFile, name: str) -> dict[str, tuple[str, str]]:
    """The parts that a part refers to, by their marks in it: (name, kind)."""
    folder, _, file = name.rpartition("/")
    relations = f"{folder}/_rels/{file}.rels"
    if relations not in archive.namelist():
        return {}
    return {
        one.attrib["Id"]: (
            posixpath.normpath(posixpath.join("/", folder, one.attrib["Target"]))[1:],
            one.attrib["Type"],
        )
        for one in _part(archive, relations).iterfind(f"{_PACKAGE}Relationship")
        if one.get("TargetMode") != "External"
    }


def _part(archive: ZipFile, name: str) -> Xml.Element:
    return Xml.fromstring(archive.read(name), Xml.XMLParser(target=_Plain()))  # noqa: S314  (no entities: see _Plain)


class _Plain(Xml.TreeBuilder):
    """A part of a document declares nothing: entities that unfold are told by their declaration."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError("it declares a document type, which no presentation does")
