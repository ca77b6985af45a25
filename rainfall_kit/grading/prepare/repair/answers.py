"""Answer finder: for each cell that was given out, the submitted cell that stands for it.

Editors drop ids and metadata, and students type into new cells. A cell is known by its grade id, by its
id, by its text; an answer is known by the function that its cell defines; and what stands between two
known cells is taken for the one that was given out between them.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rainfall_kit.handing_in.definitions import (
    definitions,
    in_any_letters,
    is_stub_only,
    stub_bodies,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbformat import NotebookNode

    from rainfall_kit.handing_in.definitions import Kind


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """A function that was found under a name in other letters.

    Attributes:
        cell: that defines it.
        asked: the name that the tests ask for.
        name: the name that the student gave it, such as ``"MSE"``.
    """

    cell: NotebookNode
    asked: str
    name: str


@dataclass(kw_only=True)
class Answers:
    """Cells that stand for others.

    Attributes:
        chosen: by grade id, the submitted cell that stands for it.
        within: grade ids whose answer stands in the cell of another one, by that one's grade id.
        spelled: functions that were found under a name in other letters.
        dropped: submitted cells that are as they were given out, though there is an answer or another copy.
        notes: what student and instructor should know of it.
    """

    chosen: dict[str, NotebookNode] = field(default_factory=dict)
    within: dict[str, str] = field(default_factory=dict)
    spelled: list[Spelling] = field(default_factory=list)
    dropped: list[NotebookNode] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_answers(submitted: list[NotebookNode], released: list[NotebookNode]) -> Answers:
    """Find the submitted cell that stands for each released cell with a grade id."""
    return _Finder(submitted, released).find()


def grade_id_of(cell: NotebookNode) -> str | None:
    """The grade id that stands in a cell's metadata, if one does."""
    known = cell.metadata.get("nbgrader")
    grade_id = known.get("grade_id") if isinstance(known, dict) else None
    return grade_id if isinstance(grade_id, str) else None


# Each text is compared with many others, and in a class most cells are as they were given out.
@functools.lru_cache(maxsize=4096)
def plain(text: str) -> str:
    r"""A cell's text without what editors change by themselves.

    Example:
        >>> plain("x = 1  \n\n")
        'x = 1'
    """
    return "\n".join(line.rstrip() for line in text.strip("\ufeff \t\r\n").splitlines())


@dataclass(kw_only=True)
class _Cell:
    """A submitted cell.

    Attributes:
        place: among the submitted cells.
        cell: as submitted.
        names: what it defines.
        is_given_out: whether a cell was given out with this text: what it defines is no student's work.
        stands_for: the place of the released cell that it is known to be, or None.
        by_text: whether it is known by its text alone.
    """

    place: int
    cell: NotebookNode
    names: dict[str, Kind]
    is_given_out: bool = False
    stands_for: int | None = None
    by_text: bool = False

    def writes(self, wanted: Iterable[str]) -> bool:
        """True if it defines one of these, and more than a stub, in words that were not given out."""
        return not self.is_given_out and any(
            self.names.get(name, "stub") != "stub" for name in wanted
        )


class _Finder:
    def __init__(self, submitted: list[NotebookNode], released: list[NotebookNode]) -> None:
        self._released = released
        self._names = [grade_id_of(cell) for cell in released]
        solutions = [
            place
            for place, cell in enumerate(released)
            if self._names[place] is not None and cell.metadata.nbgrader.get("solution")
        ]
        code = [released[place] for place in solutions if released[place].cell_type == "code"]
        self._given_out = frozenset(body for cell in code for body in stub_bodies(cell.source))
        self._solutions = solutions
        self._wanted = {place: self._asked_for(released[place]) for place in solutions}
        self._all_wanted = {name for names in self._wanted.values() for name in names}
        texts = {plain(cell.source) for cell in released}
        self._cells = [
            _Cell(
                place=place,
                cell=cell,
                names=definitions(cell.source, self._given_out),
                is_given_out=plain(cell.source) in texts,
            )
            for place, cell in enumerate(submitted)
        ]
        self._found = Answers()
        self._chosen: dict[int, _Cell] = {}

    def _asked_for(self, cell: NotebookNode) -> tuple[str, ...]:
        """The names that are still to be defined in what was given out; a text asks for none."""
        if cell.cell_type != "code":
            return ()
        names = definitions(cell.source, self._given_out)
        return tuple(name for name, kind in names.items() if kind == "stub")

    def find(self) -> Answers:
        self._know_by_marks()
        self._know_by_text()
        for place in self._solutions:
            self._choose_answer(place)
        for place, name in enumerate(self._names):
            if name is not None and place not in self._solutions:
                self._choose_given(place)
        for place in self._solutions:
            if place not in self._chosen:
                self._choose_by_place(place)
        self._share_cells()
        self._drop_copies()
        self._note()
        return self._found

    # What a cell is known to be -------------------------------------------------------------

    def _know_by_marks(self) -> None:
        by_name = {name: place for place, name in enumerate(self._names) if name is not None}
        by_id = {cell.get("id"): place for place, cell in enumerate(self._released)}
        marked: list[tuple[_Cell, int]] = []
        for one in self._cells:
            grade_id = grade_id_of(one.cell)
            place = by_name.get(grade_id) if grade_id is not None else None
            if place is None:
                place = by_id.get(one.cell.id)  # some editors drop metadata and keep ids
            if place is not None:
                marked.append((one, place))
        copies = Counter(place for _, place in marked)
        for one, place in marked:
            # An answer that has no name to be known by may bind another's, as a table is changed step by step.
            is_nameless = self._wanted.get(place) == () and copies[place] == 1
            if is_nameless or not self._is_other_work(one, place):
                one.stands_for = place

    def _is_other_work(self, one: _Cell, place: int) -> bool:
        """True for a copied cell, or a locked one, into which another answer was typed."""
        wanted = self._wanted.get(place, ())
        others = self._all_wanted.difference(wanted)
        if not one.writes(others) or plain(one.cell.source) == plain(self._released[place].source):
            return False
        return not one.names.keys() & set(wanted)

    def _know_by_text(self) -> None:
        texts = Counter(plain(cell.source) for cell in self._released)
        by_text = {
            plain(cell.source): place
            for place, cell in enumerate(self._released)
            if texts[plain(cell.source)] == 1 and cell.source.strip()
        }
        for one in self._cells:
            place = by_text.get(plain(one.cell.source))
            if one.stands_for is None and place is not None:
                one.stands_for, one.by_text = place, True

    # Which cell is chosen -------------------------------------------------------------------

    def _choose_answer(self, place: int) -> None:
        """Choose the answer's cell by what it defines, else by what it is known to be."""
        wanted = self._wanted[place]
        known = [one for one in self._cells if one.stands_for == place]
        written = [one for one in self._cells if one.writes(wanted)]
        if not written:
            written = self._spelled_otherwise(wanted)
        if not written:
            changed = [one for one in known if not self._is_as_given_out(one, place)]
            if known:
                self._chosen[place] = (changed or known)[-1]
            return
        own = [one for one in written if one.stands_for == place]
        free = [one for one in written if one.stands_for is None]
        if own:
            # What is written further down, behind the next answer, is an experiment.
            until = self._next_answer(place, own[-1].place)
            again = [one for one in free if own[-1].place < one.place < until]
            self._chosen[place] = (again or own)[-1]
        else:
            self._chosen[place] = (free or written)[-1]
        self._note_spelling(place)
        self._tell_several(place, [*own, *free])

    def _spelled_otherwise(self, wanted: tuple[str, ...]) -> list[_Cell]:
        """The cells that define a function under a name in other letters, such as MSE."""
        folded = {in_any_letters(name): name for name in wanted}
        found = []
        for one in self._cells:
            for name, kind in one.names.items():
                asked = folded.get(in_any_letters(name))
                if asked is not None and kind == "function" and name not in self._all_wanted:
                    found.append(one)
        return found

    def _note_spelling(self, place: int) -> None:
        one, folded = (
            self._chosen[place],
            {in_any_letters(name): name for name in self._wanted[place]},
        )
        for name, kind in one.names.items():
            asked = folded.get(in_any_letters(name))
            if asked is not None and kind == "function" and asked not in one.names:
                self._found.spelled.append(Spelling(cell=one.cell, asked=asked, name=name))

    def _next_answer(self, place: int, after: int) -> int:
        """The place of the next submitted cell that answers something else."""
        others = (
            one.place
            for one in self._cells
            if one.place > after
            and (
                (one.stands_for in self._wanted and one.stands_for != place)
                or one.writes(self._all_wanted.difference(self._wanted[place]))
            )
        )
        return min(others, default=len(self._cells))

    def _tell_several(self, place: int, written: list[_Cell]) -> None:
        cells = sorted({one.place for one in written})
        if len(cells) > 1:
            which = cells.index(self._chosen[place].place) + 1
            counts = "last" if which == len(cells) else f"{which}." if which > 1 else "first"
            name = self._names[place]
            self._found.notes.append(
                f"{name} is written in {len(cells)} cells; the {counts} one counts"
            )

    def _choose_given(self, place: int) -> None:
        """Choose the cell of a test, or of anything else that is not for the student to write."""
        known = [one for one in self._cells if one.stands_for == place]
        same = [one for one in known if self._is_as_given_out(one, place)]
        if known:
            self._chosen[place] = (same or known)[-1]

    def _choose_by_place(self, place: int) -> None:
        """Choose what stands where a solution was given out, between cells that are known."""
        where: dict[int, int] = {
            one.stands_for: one.place for one in self._cells if one.stands_for is not None
        }
        where |= {known: one.place for known, one in self._chosen.items()}
        before = max((where[known] for known in where if known < place), default=None)
        after = min((where[known] for known in where if known > place), default=len(self._cells))
        if before is None and after == len(self._cells):
            return  # nothing else is known of the notebook
        start = 0 if before is None else before + 1
        taken = {one.place for one in self._chosen.values()}
        original = self._released[place]
        between = [
            one
            for one in self._cells[start:after]
            if one.stands_for is None and one.place not in taken and one.cell.source.strip()
        ]
        if original.cell_type == "code":
            fitting = [one for one in between if one.cell.cell_type == "code"][-1:]
        else:
            fitting = [one for one in between if one.cell.cell_type != "code"][:1]
        for one in fitting:
            self._chosen[place] = one
            self._found.notes.append(
                f"{self._names[place]}: the cell that stands in its place was taken for it"
            )

    def _is_as_given_out(self, one: _Cell, place: int) -> bool:
        return plain(one.cell.source) == plain(self._released[place].source)

    # What is done about it ------------------------------------------------------------------

    def _share_cells(self) -> None:
        """Let a cell that holds several answers stand for the first of them."""
        holders: dict[int, str] = {}
        for place, one in sorted(self._chosen.items()):
            name = self._names[place]
            if name is None:
                continue
            if one.place in holders:
                self._found.within[name] = holders[one.place]
            else:
                holders[one.place] = name
                self._found.chosen[name] = one.cell

    def _drop_copies(self) -> None:
        """Drop what is as it was given out, where an answer or another copy is there.

        Below the answer it would define the function anew, without one.
        """
        kept = {id(cell) for cell in self._found.chosen.values()}
        gone = set()
        for one in self._cells:
            if id(one.cell) in kept:
                continue
            place = one.stands_for
            name = self._names[place] if place is not None else None
            if place is not None and name is not None and self._is_as_given_out(one, place):
                self._found.dropped.append(one.cell)
                gone.add(name)
            elif one.names and is_stub_only(one.cell.source, self._given_out):
                asked = [name for name in self._all_wanted if name in one.names]
                if asked and len(asked) == len(one.names):
                    self._found.dropped.append(one.cell)
                    gone.update(asked)
        if gone:
            self._found.notes.append(
                f"taken out, as another cell counts: copies as given out of {_row(gone)}"
            )

    def _note(self) -> None:
        """Say how cells were known, where it was not by their marks."""
        notes = self._found.notes
        by_text, by_name = [], []
        for place, one in sorted(self._chosen.items()):
            name = self._names[place]
            if name is None or name in self._found.within:
                continue
            if one.by_text:
                by_text.append(name)
            elif (
                place in self._wanted
                and one.stands_for != place
                and one.writes(self._wanted[place])
            ):
                by_name.append(name)
        if by_text:
            notes.append(f"known by their text, as their marks were gone: {', '.join(by_text)}")
        if by_name:
            notes.append(f"found by the function that its cell defines: {', '.join(by_name)}")
        notes += [
            f"{name}: its answer stands in the cell of {holder}"
            for name, holder in self._found.within.items()
        ]
        notes += [
            f"{one.asked} is not defined; {one.name} was taken for it"
            for one in self._found.spelled
        ]
        for place, one in sorted(self._chosen.items()):
            self._note_missing(place, one)

    def _note_missing(self, place: int, one: _Cell) -> None:
        """Say which function no cell defines, where its own cell was changed."""
        defined = {name for cell in self._cells for name in cell.names}
        spelled = {spelling.asked for spelling in self._found.spelled}
        for name in self._wanted.get(place, ()):
            if name in defined | spelled:
                continue
            others = [other for other, kind in one.names.items() if kind == "function"]
            instead = f"; its cell defines {_row(others)}" if others else ""
            self._found.notes.append(f"no cell defines {name}{instead}")


def _row(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
