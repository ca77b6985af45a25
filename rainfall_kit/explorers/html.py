"""An explorer as HTML: a notebook's output, and a page that stands alone.

Both hold the still picture, and a script that brings it to life where scripts may run.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import blake2b
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from rainfall_kit.explorers.script_constants import drawing_constants
from rainfall_kit.figures.layout import COLOURS, FIGURE_STYLE, NARROW, figure_html
from rainfall_kit.figures.table_markup import TABLE_STYLE, table_html

if TYPE_CHECKING:
    from rainfall_kit.explorers.view import PredictionPrompt
    from rainfall_kit.figures.document import Table

_HERE = Path(__file__).parent


@cache
def script(name: str) -> str:
    """The ES module that moves the picture of one kind of explorer.

    It is made of Python's constants, what several share, the explorer's own part, and how all of them
    live; without the indents, and without the lines that only comment.
    """
    files = ("quadratic", "drawing", name, "explorer")
    parts = [_HERE.joinpath(f"{file}.js").read_text("utf-8") for file in files]
    lines = [line.strip() for part in parts for line in part.split("\n")]
    text = "\n".join(line for line in lines if line and not line.startswith("//"))
    return f"{drawing_constants(text)}\n{text}"


@cache
def tag(name: str) -> str:
    """The element that such an explorer is on a page: another one for each version of its script."""
    version = blake2b(script(name).encode(), digest_size=4).hexdigest()
    return f"rk-{name.replace('_', '-')}-{version}"


@cache
def style() -> str:
    """The CSS of an explorer, its figure and its table."""
    own = Template(_HERE.joinpath("explorer.css").read_text("utf-8"))
    own_style = own.substitute(accent=COLOURS[0], narrow=NARROW)
    return (own_style + FIGURE_STYLE + TABLE_STYLE).replace("\n", "")


def still_html(
    name: str,
    title: str,
    says: str,
    note: str,
    figure: str,
    table: Table,
    *,
    lines: int,
    note_lines: int,
    controls: str,
    buttons: str,
    prompt: PredictionPrompt | None,
    data: str,
    model: str,
) -> str:
    """The still explorer: title, room for controls, a sentence, the picture, a table.

    Args:
        name: which explorer it is.
        title: what stands above it.
        says: the picture in a sentence or two.
        note: what the last button did, or the empty text.
        figure: the SVG.
        table: the numbers.
        lines: how many lines the sentence takes on a wide page.
        note_lines: how many the note takes.
        controls: sliders and choices, as markup.
        buttons: the same.
        prompt: what is asked before the picture is shown.
        data: what the script needs to bring it to life, as markup.
        model: the name of its widget's model, if a front end may have one.
    """
    question = "" if prompt is None else prompt_html(prompt, wait=_WAIT)
    return (
        f'<{tag(name)} class="rk-explorer" role="group" aria-label="{escape(title)}" '
        f'style="--lines:{lines};--told:{note_lines}" data-model="{model}">'
        f'<p class="rk-title">{escape(title)}</p>'
        f'{question}<div class="rk-controls">{controls}</div>'
        f'<div class="rk-buttons">{buttons}</div>'
        f'<p class="rk-says">{escape(says)}</p><p class="rk-said" aria-live="polite"></p>'
        f'<p class="rk-did" role="status">{escape(note)}</p>'
        f"{figure_html(figure)}"
        '<details class="rk-table"><summary>The numbers as a table</summary>'
        f"{table_html(table)}</details>"
        f"{data}</{tag(name)}>"
    )


_WAIT = '<p class="rk-wait">Choose what you expect, and the picture appears.</p>'


def prompt_html(prompt: PredictionPrompt, *, wait: str = "") -> str:
    """The question with its answers as buttons; each opens what is said of it, without any script.

    Args:
        prompt: the question.
        wait: what stands below it as long as nothing is chosen, as markup.
    """
    right = prompt.choices[prompt.right]
    answers = []
    for i, choice in enumerate(prompt.choices):
        verdict = "✓ Right." if i == prompt.right else f"✗ Not so. Right is: {right}."
        answers.append(
            f'<details class="rk-choice"><summary>{escape(choice)}</summary>'
            f"<p>{escape(f'{verdict} {prompt.because}')}</p></details>"
        )
    return f'<div class="rk-question"><p>{escape(prompt.text)}</p>{"".join(answers)}{wait}</div>'


def script_data(given: dict[str, Any], state: dict[str, Any]) -> str:
    """The state and the constants that the script reads, as markup."""
    text = json.dumps({"given": given, "state": state}, ensure_ascii=False, separators=(",", ":"))
    return f'<script type="application/json">{text.replace("<", chr(92) + "u003c")}</script>'


def output_html(name: str, still: str) -> str:
    """The still explorer with its style and script, for a notebook's output."""
    return f'<style>{style()}</style>{still}<script type="module">{output_script(name)}</script>'


def output_script(name: str) -> str:
    """The script of a notebook's output: the same for every picture of one kind."""
    return f'{script(name)}\ndefine("{tag(name)}");'


def page_html(title: str, output: str) -> str:
    """The same as a page that stands alone."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title>"
        "<style>:root{color-scheme:light dark}body{margin:1em;font-family:system-ui,sans-serif}"
        # The page's own heading says it already.
        "h1{font-size:1.2em;margin:0}.rk-explorer .rk-title{display:none}</style>"
        f"</head><body><main><h1>{escape(title)}</h1>{output}</main></body></html>\n"
    )
