"""Feedback page: nbgrader's generated feedback as one file, what each question earned above the notebook.

    c.GenerateFeedback.exporter_class = "rainfall_kit.grading.feedback.page.FeedbackPage"

The page needs no script. What a student wrote is shown as data: in the summary it is escaped, in the notebook no
script of it runs. What takes too long to draw, as a text or a program can that is made for it, is shown as plain
text.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mistune
from jinja2 import BytecodeCache, Environment, PackageLoader
from markupsafe import Markup
from nbconvert.exporters import Exporter, HTMLExporter
from nbformat import v4
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import temp_attrs
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from rainfall_kit import installation
from rainfall_kit.checks.questions.registry import open_course_questions
from rainfall_kit.grading.feedback.summary import summarise
from rainfall_kit.grading.limited_process import LimitReached, can_fork, run_limited
from rainfall_kit.grading.local_time import course_zone
from rainfall_kit.grading.plugins.feedback import (
    MATHJAX_SETTINGS,
    HideHiddenTests,
    content_policy,
)
from rainfall_kit.grading.plugins.late_penalty import DailyPenalty
from rainfall_kit.grading.plugins.showable import keep_kernel_alone, make_showable
from rainfall_kit.grading.prepare.course import released_notebooks
from rainfall_kit.grading.prepare.folder_names import match_by_name
from rainfall_kit.grading.prepare.notes import NOTES_CELL
from rainfall_kit.grading.record.grade_tables import read_class
from rainfall_kit.grading.record.gradebook import late_penalties
from rainfall_kit.grading.record.tries import Tries
from rainfall_kit.grading.results.markup import with_code
from rainfall_kit.grading.results.notebook_questions import questions_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from jinja2.bccache import Bucket
    from nbformat import NotebookNode

    from rainfall_kit.grading.feedback.summary import Summary
    from rainfall_kit.grading.record.grade_tables import SubmissionRow

_FOLDER = Path(__file__).parent / "template"
match_by_name(GenerateFeedback)

_HEADING = re.compile(r"^# +(.+)$", re.MULTILINE)
_CPU_SECONDS = 5.0  # for one page; a lesson's takes a tenth of it
_MOST_PLAIN = 2000  # characters of a cell, and of each of its outputs


class _CompiledTemplates(BytecodeCache):
    """Templates that were compiled for an earlier page: a watch makes an exporter for each."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled, if it was of the same text: jinja looks."""
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._compiled[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _CompiledTemplates()


class FeedbackPage(HTMLExporter):
    """Takes the place of nbconvert's exporter in ``GenerateFeedback.exporter_class``."""

    def __init__(self, config: Any = None, **kw: Any) -> None:
        config = copy.deepcopy(config) if config is not None else Config()
        # GenerateFeedback names nbgrader's own template for every HTMLExporter.
        config.FeedbackPage.template_name = "rainfall_feedback"
        config.FeedbackPage.extra_template_basedirs = [str(_FOLDER)]
        super().__init__(config=config, **kw)  # type: ignore[no-untyped-call]
        if isinstance(self.parent, BaseConverter):
            self.parent.init_assignment = self._init_assignment
            self.parent.init_destination = self._init_destination
        self._released: dict[str, Mapping[str, NotebookNode]] = {}
        self._grades: dict[str, Mapping[str, SubmissionRow]] = {}

    def _create_environment(self) -> Environment:
        environment: Environment = super()._create_environment()  # type: ignore[no-untyped-call]
        environment.bytecode_cache = _COMPILED
        return environment

    def _init_assignment(self, assignment: str, student: str) -> None:
        """Copy what lies beside graded notebooks: not these, as nbgrader does where a name has brackets."""
        converter: Any = self.parent
        type(converter).init_assignment(converter, assignment, student)
        place = converter._format_dest(assignment, student)  # noqa: SLF001  there is no other way in
        for path in Path(place).rglob("*.ipynb"):
            path.unlink()

    def _init_destination(self, assignment: str, student: str) -> bool:
        """Make a page anew that shows an earlier grade; nbgrader goes by when the work was handed in."""
        converter: Any = self.parent
        anew = converter.force or not self._is_current(assignment, student)
        with temp_attrs(converter, force=anew):
            return bool(type(converter).init_destination(converter, assignment, student))

    def _is_current(self, assignment: str, student: str) -> bool:
        """True where each page of a submission was made of what it would be made of now."""
        converter: Any = self.parent
        source = Path(converter._format_source(assignment, student))  # noqa: SLF001
        place = Path(converter._format_dest(assignment, student))  # noqa: SLF001
        pages = [place / f"{notebook.stem}.html" for notebook in source.glob("*.ipynb")]
        pages = [page for page in pages if page.is_file()]
        if not pages:
            return True
        folders = CourseDirectory(parent=converter)
        if assignment not in self._grades:  # everybody's at once, where everybody is asked about
            some = [] if folders.student_id == "*" else [student]
            self._grades[assignment] = read_class(folders, assignment, some).submissions
        grades = self._grades[assignment].get(student)
        version = self._version(folders, assignment, student, grades).encode()
        return all(version in page.read_bytes() for page in pages)

    def _version(
        self, folders: CourseDirectory, assignment: str, student: str, grades: SubmissionRow | None
    ) -> str:
        """Changes with whatever the pages of a submission are made of."""
        source = Path(folders.format_path(folders.autograded_directory, student, assignment))
        rule = _late_rule(folders)
        facts: list[object] = [
            installation.VERSION,
            [(path.name, path.read_bytes()) for path in sorted(source.glob("*.ipynb"))],
            self._released_notebooks(assignment),
            grades,
            course_zone(folders.config),
            rule and rule.in_words(),
        ]
        return hashlib.sha256(repr(facts).encode(errors="replace")).hexdigest()

    def from_notebook_node(  # type: ignore[override]  # as nbconvert's own HTMLExporter
        self, nb: NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page, drawn in a process of its own, where one can be; in plain text if it takes too long."""
        try:
            nb, resources = Exporter.from_notebook_node(self, nb, resources, **kw)
        except Exception:  # noqa: BLE001  # a preprocessor refuses the notebook's metadata
            nb = copy.deepcopy(nb)
            keep_kernel_alone(nb)
            nb, resources = Exporter.from_notebook_node(self, nb, resources, **kw)
        if not can_fork():
            return self._draw(nb, resources), resources
        load_what_pages_need()
        draw = functools.partial(
            run_limited, lambda: self._draw(nb, resources), cpu_seconds=_CPU_SECONDS
        )
        try:
            page = draw()
        except LimitReached:
            facts = resources["nbgrader"]
            released = self._released_notebooks(facts["assignment"]).get(facts["notebook"])
            _show_plainly(nb, _given_out(released).values())
            resources["rainfall"]["is_plain"] = True
            page = draw()
        return page, resources

    def _draw(self, nb: NotebookNode, resources: Any) -> str:
        """The page of a preprocessed notebook; what nbconvert refuses in it is shown as a text."""
        try:
            return str(super().from_notebook_node(nb, resources)[0])
        except Exception:  # noqa: BLE001  # it says in many ways that it cannot
            nb = copy.deepcopy(nb)
            make_showable(nb)
            return str(super().from_notebook_node(nb, resources)[0])

    def _preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run the course's preprocessors, then add the summary and what is folded; once."""
        if "rainfall" in resources:
            return nb, resources
        whole = {
            cell.metadata.nbgrader.grade_id: cell.source for cell in nb.cells if _is_known(cell)
        }
        nb, resources = super()._preprocess(nb, resources)  # type: ignore[no-untyped-call]
        nb, resources = HideHiddenTests(parent=self.parent).preprocess(nb, resources)
        nb.cells = [cell for cell in nb.cells if cell.get("id") != NOTES_CELL]  # they come first
        facts = resources["nbgrader"]
        folders = CourseDirectory(parent=self.parent)
        open_course_questions(Path(folders.root))
        released = self._released_notebooks(facts["assignment"]).get(facts["notebook"])
        given_out = _given_out(released)
        untouched = [_is_untouched(cell, given_out) for cell in nb.cells]
        names = {
            cell.metadata.nbgrader.grade_id
            for cell, same in zip(nb.cells, untouched, strict=True)
            if same and _is_known(cell)
        }
        begin = ClearHiddenTests(parent=self.parent).begin_test_delimeter  # nbgrader's own spelling
        grades = read_class(folders, facts["assignment"], [facts["student"]]).submissions
        row = grades[facts["student"]]
        summary = summarise(
            nb,
            questions_of(released or nb, facts["notebook"], whole),
            row,
            untouched=names,
            hidden={name for name, source in whole.items() if begin in source},
            zone=course_zone(folders.config),
            tries=_tries(folders, facts["assignment"]),
            late_rule=_late_rule(folders),
        )
        _mark_folds(nb, untouched)
        told = render(summary, _title(released or nb, facts["notebook"]))
        math = _has_math(nb) or ' class="math">' in told  # a teacher's comment may have a formula
        resources["rainfall"] = {
            "summary": Markup(told),  # noqa: S704
            "title": facts["notebook"],
            "version": self._version(folders, facts["assignment"], facts["student"], row),
            "policy": content_policy(math=math),
            "mathjax": Markup(MATHJAX_SETTINGS) if math else "",  # noqa: S704
            "style": Markup(_style()),  # noqa: S704  # the kit's own
        }
        return nb, resources

    def _released_notebooks(self, assignment: str) -> Mapping[str, NotebookNode]:
        if assignment not in self._released:  # the same for the whole class
            folders = CourseDirectory(parent=self.parent)
            self._released[assignment] = released_notebooks(folders, assignment)
        return self._released[assignment]


@functools.cache
def load_what_pages_need() -> None:
    """Draw a page of nothing here, once: a fork that draws has compiled templates and lexers then."""
    code = v4.new_code_cell("x = 1", outputs=[v4.new_output("stream", text="1")])
    nb = v4.new_notebook(cells=[code, v4.new_markdown_cell("*x*")])
    _mark_folds(nb, [False, False])
    FeedbackPage()._draw(nb, {"rainfall": {}})  # noqa: SLF001  in this process


def _tries(folders: CourseDirectory, assignment: str) -> Tries | None:
    root = Path(folders.root)
    if not Tries.are_known(root, assignment):
        return None
    return Tries(root, assignment, group_shared=folders.groupshared)


def _late_rule(folders: CourseDirectory) -> DailyPenalty | None:
    rule = late_penalties(folders.config).plugin_inst
    return rule if isinstance(rule, DailyPenalty) else None


@functools.cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader(__package__, "template"), autoescape=True, trim_blocks=True
    )
    templates.filters["points"] = lambda points: f"{points:.2f}".rstrip("0").rstrip(".")
    templates.filters["code"] = with_code
    markdown = mistune.create_markdown(escape=True, plugins=["math"])
    templates.filters["markdown"] = lambda text: Markup(markdown(text))  # noqa: S704  escaped there
    return templates


def render(summary: Summary, title: str) -> str:
    """The summary as HTML; every text in it is escaped.

    Args:
        summary: what there is to say.
        title: of the notebook.
    """
    return _templates().get_template("summary.html.j2").render(summary=summary, title=title)


@functools.cache
def _style() -> str:
    light, dark = (
        HtmlFormatter(style=name).get_style_defs(".highlight")
        for name in ("default", "github-dark")
    )
    own = (_FOLDER / "feedback.css").read_text(encoding="utf-8")
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n{own}"


def _is_known(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade_id"))


def _title(nb: NotebookNode, name: str) -> str:
    texts = (cell.source for cell in nb.cells if cell.cell_type == "markdown")
    found = next(filter(None, map(_HEADING.search, texts)), None)
    return found[1] if found else name


def _given_out(released: NotebookNode | None) -> dict[str, str]:
    """The texts that were given out, by grade id; by the text itself where a cell has none."""
    cells = released.cells if released is not None else []
    return {
        cell.metadata.nbgrader.grade_id if _is_known(cell) else cell.source: cell.source
        for cell in cells
    }


def _is_untouched(cell: NotebookNode, given_out: Mapping[str, str]) -> bool:
    if not _is_known(cell):
        return cell.source in given_out
    about = cell.metadata.nbgrader
    if about.get("locked") and not about.get("solution"):
        return True
    return bool(given_out.get(about.grade_id) == cell.source)


def _mark_folds(nb: NotebookNode, untouched: list[bool]) -> None:
    """Write into the cells where a folded row of them begins, with how many, and where it ends."""
    # an answer stays open, also where nothing was written
    folded = [
        same and not cell.metadata.get("nbgrader", {}).get("solution")
        for cell, same in zip(nb.cells, untouched, strict=True)
    ]
    begins = 0
    for number, (cell, fold) in enumerate(zip(nb.cells, folded, strict=True)):
        cell.metadata["rainfall_fold"] = {}
        if not fold:
            continue
        if number == 0 or not folded[number - 1]:
            begins = number
        if number + 1 == len(folded) or not folded[number + 1]:
            row = nb.cells[begins : number + 1]
            nb.cells[begins].metadata["rainfall_fold"]["count"] = len(row)
            cell.metadata["rainfall_fold"]["last"] = True


def _show_plainly(nb: NotebookNode, given_out: Collection[str]) -> None:
    """Leave of all that is a student's the first lines, as plain text."""
    for cell in nb.cells:
        outputs = cell.get("outputs", [])
        if cell.source in given_out and not outputs:
            continue
        texts = [cell.source, *map(_plain_text, outputs)]
        cell.metadata["rainfall_plain"] = "\n".join(
            text if len(text) <= _MOST_PLAIN else f"{text[:_MOST_PLAIN]} ..." for text in texts
        )


def _plain_text(output: NotebookNode) -> str:
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
    return text if isinstance(text, str) else ""


def _has_math(nb: NotebookNode) -> bool:
    return any(
        cell.source.count("$") > 1 or "\\begin{" in cell.source
        for cell in nb.cells
        if cell.cell_type == "markdown"
    ) or any(
        "text/latex" in output.get("data", {})
        for cell in nb.cells
        for output in cell.get("outputs", [])
    )
