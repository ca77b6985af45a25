"""Nbgrader preprocessors for pages of submissions: no hidden tests, no student's scripts, tables that can be read."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbgrader
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

from rainfall_kit.explorers.html import output_script
from rainfall_kit.grading.plugins.showable import make_showable
from rainfall_kit.grading.sandbox.outside_call import EXPLORERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbformat import NotebookNode

# nbgrader's page leaves no room between the columns of a text cell's table, and shows each heading's
# link to itself.
_STYLE = """
.text_cell_render table { display: block; overflow-x: auto; margin: .6em 0 1em; }
.text_cell_render th, .text_cell_render td { padding: .2em 1.6em .2em 0; }
@media (max-width: 600px) { .text_cell_render :is(th, td) { padding-right: .5em; } }
.text_cell_render thead th { border-bottom: 1px solid; vertical-align: bottom; }
.text_cell_render .anchor-link { visibility: hidden; }
.text_cell_render :hover > .anchor-link { visibility: visible; }
"""


# What nbconvert's page tells MathJax is a text that MathJax evaluates, and so would be a student's.
MATHJAX_SETTINGS = (
    "window.MathJax = {tex2jax: {inlineMath: [['$', '$'], ['\\\\(', '\\\\)']], processEscapes: true, "
    "processEnvironments: true}, TeX: {equationNumbers: {autoNumber: 'AMS', useLabelIds: true}}, "
    "displayAlign: 'center', messageStyle: 'none'};"
)
_SCRIPT = re.compile(r"""\son\w+="([^"]*)"|<script[^>]*>(.*?)</script>""", re.DOTALL)
_FILLED_IN = re.compile(r"\{[{%]")
_MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/"
MATHJAX_PLACE = f"{_MATHJAX}2.7.7/"


@functools.cache
def content_policy(*, math: bool = True) -> str:
    """The page's content security policy: MathJax and the kit's own pictures run scripts, and nothing else.

    Without `math`, not even MathJax does.

    A student's output, text or attachment may hold any HTML. What runs is told by where it comes from or by
    its digest, and a script in the page that is not one of the kit's has neither.

    Example:
        >>> "unsafe-eval" in content_policy(), content_policy().count("'sha256-")
        (False, 6)
    """
    scripts = f"{MATHJAX_PLACE} {_own_scripts()}" if math else _own_scripts()
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline' https:; "
        "img-src data: https:; font-src data: https:; media-src data:; form-action 'none'; base-uri 'none'"
    )


def _own_scripts() -> str:
    return _digests(output_script(name) for name in EXPLORERS)


def _digests(scripts: Iterable[str]) -> str:
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


@functools.cache
def _formgraders_scripts() -> str:
    """Digests of the handlers and scripts that stand in formgrader's templates as they do in its pages."""
    folder = Path(nbgrader.__file__).parent / "server_extensions/formgrader/templates/formgrade"
    found = _SCRIPT.findall("".join(path.read_text("utf-8") for path in folder.glob("*.j2")))
    return _digests(a or b for a, b in found if not _FILLED_IN.search(a + b))


def _put_into_head(policy: str, resources: dict[str, Any]) -> None:
    """Add settings, and a policy for all that follows them, where styles go."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    head = f"{_STYLE}</style><script>{MATHJAX_SETTINGS}</script>{meta}<style>"
    resources.setdefault("inlining", {}).setdefault("css", []).append(head)


class HideHiddenTests(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no annotations
    """Takes hidden tests, and the lines of them that errors show, out of a graded notebook.

    Stands in ``GenerateFeedback.preprocessors``, so that graders still see everything.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Hide them in every cell that has some."""
        clear = ClearHiddenTests(parent=self)
        begin = clear.begin_test_delimeter  # nbgrader's own spelling
        for cell in nb.cells:
            if begin not in cell.source:
                continue
            clear._remove_hidden_test_region(cell)  # noqa: SLF001  there is no other way in
            for output in cell.get("outputs", []):
                if output.output_type == "error" and output.ename != "CheckFailed":
                    output.traceback = [f"{output.ename} in a hidden test"]
                    output.evalue = ""
        return nb, resources


class FeedbackStyle(NbGraderPreprocessor):  # type: ignore[misc]
    """Lets no student's script run in nbgrader's feedback pages, and keeps none of these from being made.

    Their tables get a little more room.

    Stands in ``GenerateFeedback.preprocessors``; the page's other styles come from its template.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Add it to the page's styles, which are all of its head that a preprocessor can reach."""
        make_showable(nb)
        _put_into_head(content_policy(), resources)
        return nb, resources


class FormgraderStyle(NbGraderPreprocessor):  # type: ignore[misc]
    """Lets no student's script run in formgrader's page of a submission, where it could do what the grader may.

    Formgrader's own stand above the policy, or are told by their digests; no file of the server's is one:
    students hand in files, too.

    Stands in ``HTMLExporter.preprocessors``, which formgrader uses; other pages stay as they are.
    """

    _is_registered = False

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Come again, as the last: nbconvert's own styles take the place of all that stands there now."""
        if not self._is_registered:
            self._is_registered = True
            self.parent.register_preprocessor(_close_formgrader, enabled=True)
        return nb, resources


def _close_formgrader(
    nb: NotebookNode, resources: dict[str, Any]
) -> tuple[NotebookNode, dict[str, Any]]:
    if "submission_id" in resources:  # formgrader's
        # what nbconvert's page asks for may go on to load a later release
        own = f"{_own_scripts()} 'unsafe-hashes' {_formgraders_scripts()}"
        others = "frame-src 'none'; object-src 'none'; form-action 'none'; base-uri 'none'"
        _put_into_head(f"script-src {_MATHJAX} {own}; {others}", resources)
    return nb, resources
