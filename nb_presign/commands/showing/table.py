"""A table that a terminal and a notebook can both show; whatever is in its cells stays text."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from html import escape

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a caption; the first column names the row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    #: Said where there are no rows.
    empty: str
    #: Sentences below; what follows a sentence in lines of its own is shown as it is.
    notes: tuple[str, ...] = ()

    def without_empty(self, names: Collection[str]) -> Table:
        """Leave out those of some columns that say nothing in any row."""
        kept = [
            at
            for at, name in enumerate(self.columns)
            if name not in names or any(row[at] for row in self.rows)
        ]
        columns, *rows = (tuple(row[at] for at in kept) for row in (self.columns, *self.rows))
        return replace(self, columns=columns, rows=tuple(rows))

    def plain(self) -> str:
        """Write it in aligned columns."""
        notes = [in_lines(note) for note in self.notes]
        if not self.rows:
            return "\n".join((self.empty, *notes))
        rows = [self.columns, *map(clean, self.rows)]
        widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
        lines = [
            _GAP.join(
                cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
            ).rstrip()
            for row in rows
        ]
        return "\n".join((*lines, *notes))

    def html(self) -> str:
        """Write it as an HTML table with a caption and headers that screen readers announce."""
        notes = "".join(map(_html_note, self.notes))
        if not self.rows:
            return f"<p>{_escape(self.empty)}</p>{notes}"
        head = "".join(f'<th scope="col">{_escape(column)}</th>' for column in self.columns)
        body = "".join(f"<tr>{_html_row(row)}</tr>" for row in self.rows)
        return (
            f'<table class="jp-PresignTable"><caption>{_escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.plain(), "text/html": self.html()}


def clean(row: tuple[str, ...]) -> tuple[str, ...]:
    """Take what is no text out of each cell."""
    return tuple(one_line(cell) for cell in row)


def one_line(text: str) -> str:
    """Take out what would break a line, move the cursor or turn the direction of writing."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        else char
        for char in text
    )


def in_lines(text: str) -> str:
    """Keep the lines of a text, all but the first indented: none passes for one of ours."""
    first, *others = map(one_line, text.split("\n"))
    return "\n".join((first, *(f"    {line}".rstrip() for line in others)))


def _html_note(note: str) -> str:
    first, *others = map(_escape, note.split("\n"))
    block = "<pre>" + "\n".join(others) + "</pre>" if others else ""
    return f"<p>{first}</p>{block}"


def _html_row(row: tuple[str, ...]) -> str:
    first, *others = (_escape(cell) for cell in row)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in others)


def _escape(text: str) -> str:
    return escape(one_line(text))


def _width(text: str) -> int:
    """Count the columns of a terminal that text takes: wide letters two, marks none."""
    return sum(
        0
        if unicodedata.combining(char)
        else 2
        if unicodedata.east_asian_width(char) in {"W", "F"}
        else 1
        for char in text
    )
