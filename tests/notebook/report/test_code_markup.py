"""What stands in backticks is code, in a check's report as in a run's."""

from rainfall_kit.notebook.report.check_report import lines_html
from rainfall_kit.notebook.report.code_markup import with_code


def test_backticks_become_code_and_everything_is_escaped():
    assert with_code("`<b>` and `") == "<code>&lt;b&gt;</code> and `"
    assert "<b>Hint:</b> what does <code>.grad</code> hold?" in lines_html(
        "✗", ["Hint: what does `.grad` hold?"]
    )
