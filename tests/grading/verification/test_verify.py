"""An assignment is tried on a copy: what its solution, a blank copy and known mistakes earn is told."""

import pkgutil
import re
from dataclasses import replace

import pytest
from added_question import SQUARE
from made_class import MOST, entry, known
from nbformat import v4, write

from rainfall_kit.checks.questions.registry import CATALOGUE, question_folder, wrong_programs
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.record.journal import CellEntry, Graded
from rainfall_kit.grading.verification.attempts import (
    AGAIN,
    BLANK,
    SOLUTION,
    Attempt,
    Changed,
    make_attempts,
)
from rainfall_kit.grading.verification.grade_checks import (
    asking_cells,
    check_changes,
    check_mistakes,
    check_solution,
    check_steadiness,
    check_time,
    has_judges,
    left_unchecked,
    steady_points,
)
from rainfall_kit.grading.verification.verify import (
    _in_time,
    _of_kernels,
    _of_orchards,
    _of_own_questions,
    _of_questions,
    verify,
)

RIGHT = "def mse(preds, targets):\n    return ((preds - targets) ** 2).mean()\n"
# Two asserts of a careless instructor's: one that the solution fails, and one that anybody passes.
TESTS = {
    "strict": "assert mse(torch.ones(1, 1), torch.ones(1, 1)) == 1",
    "idle": "assert True",
    "seen": 'require("mse", mse)',
}
LARGER = """def larger(a, b):
    ### BEGIN SOLUTION
    if a > b:
        return a
    return b
    ### END SOLUTION
"""
LARGER_TEST = "assert larger(2, 1) == 2 and larger(1, 3) == 3"
ONE_IS_LEFT = (
    "{} changes of the solution in cell {} of hw, tried on {}: "
    "1 lost no point (not every change is a mistake):\n{}"
)
CAUSE = (
    "the solution raises ModuleNotFoundError: No module named 'nowhere' (cell setup of hw). "
    "Where that is meant, give the cell the tag raises-exception"
)
AT_THE_LIMIT = "line 3: `if a >= b:` instead of `if a > b:`"
SAME = (
    "line 3: `return ((targets - preds) ** 2).mean()` instead of "
    "`return ((preds - targets) ** 2).mean()`"
)


def hw_source():
    """The instructor's notebook."""
    body = (
        RIGHT.replace("    return", "    ### BEGIN SOLUTION\n    return") + "    ### END SOLUTION"
    )
    texts = {
        "setup": "import torch\nfrom rainfall_kit import require\nimport nowhere",
        "answer": body,
        **TESTS,
    }
    texts |= {"larger": LARGER, "test-larger": LARGER_TEST}
    cells = [v4.new_code_cell(text, id=name) for name, text in texts.items()]
    for cell in cells:
        points = 1 if cell.id in TESTS or cell.id == "test-larger" else None
        cell.metadata = known(cell.id, points=points, solution=cell.id in ("answer", "larger"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verify") / "course"
    (folder / "source" / "hw").mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")
    write(hw_source(), folder / "source" / "hw" / "hw.ipynb")
    return folder


def test_what_a_careless_instructor_is_told(course, monkeypatch):
    monkeypatch.setattr(
        "rainfall_kit.grading.verification.attempts.CATALOGUE", tuple(CATALOGUE)[:20]
    )
    monkeypatch.setattr("rainfall_kit.grading.verification.grade_checks._LONG_SECONDS", 0.0)
    before = sorted(path.relative_to(course) for path in course.rglob("*"))
    cause, first, slow, *found = [(one.level, one.text) for one in verify(course, "hw")]
    assert re.match(
        r"the solution takes \d+ s of CPU time in all: \d+\.\d s in cell [\w-]+ of hw", slow[1]
    )
    assert [cause, first, *found] == [
        ("wrong", CAUSE),
        ("wrong", "the solution earns 0 of 1 points in cell strict of hw: AssertionError"),
        ("wrong", "a blank copy earns 1 of 1 points in cell idle of hw"),
        ("odd", ONE_IS_LEFT.format(30, "answer", "idle, seen", SAME)),
        ("odd", ONE_IS_LEFT.format(6, "larger", "test-larger", AT_THE_LIMIT)),
        ("skipped", "no changes of a solution were judged by asserts of your own: strict"),
    ]
    assert sorted(path.relative_to(course) for path in course.rglob("*")) == before


def test_a_test_that_rests_on_the_order_of_a_set_is_told(course):
    texts = {"answer": "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"}
    # in another Python, each comes out otherwise with a chance of one half
    texts |= {f"odd-{n}": f"assert hash('{n}') % 2 == x" for n in range(24)}
    nb = v4.new_notebook(cells=[v4.new_code_cell(text, id=name) for name, text in texts.items()])
    for cell in nb.cells:
        answer = cell.id == "answer"
        cell.metadata = known(cell.id, points=None if answer else 1, solution=answer)
    (course / "source" / "set").mkdir()
    write(nb, course / "source" / "set" / "set.ipynb")
    told = [one.text for one in verify(course, "set") if "is unstable" in one.text]
    assert told
    assert all("of 5 times" in text for text in told)


def test_an_unknown_assignment_is_told(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    with pytest.raises(CourseError, match="there is no assignment in"):
        verify(tmp_path, "hw")


def test_attempts_are_the_solution_a_few_times_a_blank_and_every_mistake_that_fits():
    source = {"hw": hw_source()}
    attempts = make_attempts(source, source)
    assert [one.student for one in attempts[:6]] == [SOLUTION, *AGAIN, BLANK]
    assert all(attempts[0].notebooks == one.notebooks for one in attempts[1:5])
    made = [one.mistakes["mse"] for one in attempts[6:] if one.changed is None]
    assert made == [one.id for one in CATALOGUE if one.question == "mse" and wrong_programs(one)]
    cells = {cell.id: cell.source for cell in attempts[0].notebooks["hw"].cells}
    assert cells["answer"] == RIGHT


def test_an_attempt_changes_one_answer_that_has_asserts():
    nb = hw_source()
    nb.cells[:] = [cell for cell in nb.cells if cell.id not in ("strict", "idle")]
    further_down = v4.new_code_cell("assert larger(1, 1) == mse(1, 1)", id="further-down")
    further_down.metadata = known("further-down", points=1)
    for added, answers in (
        ([], {"larger": ("test-larger",)}),
        (
            [further_down],
            {"answer": ("seen", "further-down"), "larger": ("test-larger", "further-down")},
        ),
    ):
        nb.cells += added
        attempts = make_attempts({"hw": nb}, {"hw": nb})
        changed = [one for one in attempts if one.changed]
        assert {one.changed.cell: one.changed.tests for one in changed} == answers
        right = {cell.id: cell.source for cell in attempts[0].notebooks["hw"].cells}
        for one in changed:
            texts = {cell.id: cell.source for cell in one.notebooks["hw"].cells}
            assert [name for name in texts if texts[name] != right[name]] == [one.changed.cell]


def test_nothing_of_another_language_is_changed_as_if_it_were_python():
    nb = hw_source()
    for metadata in ({"kernelspec": {"language": "R"}}, {"language_info": {"name": "R"}}):
        nb.metadata.update({"kernelspec": {}, **metadata})
        assert not any(one.changed for one in make_attempts({"hw": nb}, {"hw": nb}))


def test_changes_that_lose_points_are_told_and_asserts_that_judge_none():
    names = "test-mse", "test-mse-hidden", "test-rmse"
    task = CellEntry(
        notebook="hw", name="draw", points=None, most=1, outcome="right", how="by a person"
    )

    def graded(student, *points):
        cells = zip(names, points, strict=True)
        made = entry(student, [(name, given, "right", (), "") for name, given in cells])
        cells = (replace(cell, how="inside the student's process") for cell in made.cells)
        return replace(made, cells=tuple(cells))

    # the second test is unstable, and of another answer than the third, which the solution fails
    first, second = graded(SOLUTION, 1.0, 2.0, 0), graded(AGAIN[0], 1.0, 0, 0)
    steady = steady_points(first, [first, second])
    assert steady == {("hw", "test-mse"): 1.0}

    def told(tests, *points):
        changed = Changed(notebook="hw", cell="mse", tests=tests, change="line 1: other")
        students = "abcd"[: len(points)]
        attempts = [
            Attempt(student=name, notebooks={}, mistakes={}, changed=changed) for name in students
        ]
        entries = {name: graded(name, *given) for name, given in zip(students, points, strict=True)}
        found = [
            *check_changes(attempts, entries, steady),
            *left_unchecked(
                replace(first, cells=(*first.cells, task)), {"hw": hw_source()}, attempts, steady
            ),
        ]
        return [(one.level, one.text) for one in found]

    changes = "{} of the solution in cell mse of hw, tried on test-mse: "
    untried = "no changes of a solution were judged by asserts of your own: "
    skipped = (
        ("skipped", f"{untried}test-mse-hidden, test-rmse"),
        ("skipped", "what a person grades was not run: draw"),
    )
    left = "1 lost no point (not every change is a mistake):\nline 1: other"
    two, one = changes.format("2 changes"), changes.format("1 change")
    assert told(names[:2], (0, 2, 0), (0.5, 0, 0)) == [
        ("tried", f"{two}each lost points"),
        *skipped,
    ]
    assert told(names[:2], (0, 2, 0), (1, 0, 0)) == [("odd", f"{two}{left}"), *skipped]
    assert told(names[:1], (1, 0, 0)) == [("odd", f"{one}{left}"), *skipped]
    four = (
        "4 changes of the solution in cell mse of hw, tried on test-mse: none lost a point, so look"
    )
    (kind, text), *_ = told(names[:2], *4 * [(1, 0, 0)])
    assert (kind, text.startswith(four), text.count("\nline 1: other")) == ("odd", True, 3)


def test_what_can_lose_nothing_is_not_tried_and_no_more_than_there_is_time_for():
    def attempt(number, tests):
        changed = Changed(notebook="hw", cell="mse", tests=tests, change="")
        return Attempt(student=str(number), notebooks={}, mistakes={}, changed=changed)

    steady = {("hw", "test-mse"): 1.0}
    assert has_judges(attempt(0, ("idle", "test-mse")), steady)
    assert not has_judges(attempt(0, ("idle",)), steady)
    attempts = [attempt(number, ()) for number in range(100)]
    assert _in_time(attempts, 3.0) == (attempts, [])
    some, (left_out,) = _in_time(attempts, 30.0)
    assert [one.student for one in some] == [str(number) for number in range(0, 100, 10)]
    told = "90 of 100 known mistakes and changes of the solution, as each takes 30 s"
    assert (left_out.level, left_out.text) == ("skipped", told)


def test_a_kernel_that_is_not_there_is_told_and_so_is_none():
    def of(**kernel):
        metadata = {"kernelspec": {"display_name": "mine", **kernel}} if kernel else {}
        return [one.text for one in _of_kernels({"hw": v4.new_notebook(metadata=metadata)})]

    assert of(name="python3", language="python") == of(name="my-r", language="R") == []
    (unknown,), (none,) = of(name="nowhere", language="python"), of()
    assert unknown.startswith("hw: it names the kernel 'nowhere', which is not installed here")
    assert none.startswith("hw: it names no kernel, so that Jupyter may ask")


@pytest.mark.parametrize(
    ("broken", "words"),
    {
        "no JSON": ("{", ["a notebook in"]),
        "no table for nbgrader": (["x"], ["number 2: what nbgrader", "generate_assignment other fails", "nothing was"]),
        "another kernel": ({"name": "my-r", "display_name": "R", "language": "R"}, ["nothing was graded: the notebook"]),
    }.values(),
)  # fmt: skip
def test_what_cannot_be_graded_is_told_in_words(course, broken, words):
    folder = course / "source" / "other"
    folder.mkdir(exist_ok=True)
    nb = hw_source()
    if isinstance(broken, list):
        nb.cells[1].metadata["nbgrader"] = broken
    elif isinstance(broken, dict):
        nb.metadata["kernelspec"] = broken
    write(nb, folder / "other.ipynb")
    if isinstance(broken, str):
        (folder / "other.ipynb").write_text(broken)
    found = verify(course, "other")
    texts = [one.text for one in found if one.level in ("wrong", "skipped")]
    assert all(any(word in text for text in texts) for word in words)


def test_an_error_of_a_cell_is_told_unless_it_is_meant():
    nb = v4.new_notebook(cells=[v4.new_code_cell("1 / 0"), v4.new_code_cell("import nowhere")])
    said = "ZeroDivisionError: division by zero", "ModuleNotFoundError"
    errors = {("hw", cell.id): error for cell, error in zip(nb.cells, said, strict=True)}
    graded = Graded(entry(SOLUTION, []), errors=errors)
    assert [one.text.split(" (")[1] for one in check_solution(graded, {"hw": nb})] == [
        f"cell number {n} of hw). Where that is meant, give the cell the tag raises-exception"
        for n in (1, 2)
    ]
    nb.cells[0].metadata.tags = ["raises-exception"]
    (found,) = check_solution(graded, {"hw": nb})
    assert found.text.startswith("the solution raises ModuleNotFoundError (cell number 2 of hw)")


def test_a_cell_that_scores_the_same_solution_in_two_ways_is_told():
    first = entry(SOLUTION, [("test-mse", 1.0, "right", (), ""), ("words", None, "right", (), "")])
    assert not [*check_steadiness(first, [first, first])]
    other = entry("other", [("test-mse", 0, "wrong", (), ""), ("words", None, "right", (), "")])
    (found,) = check_steadiness(first, [first, other])
    assert found.level == "wrong"
    assert found.text == (
        "cell test-mse of hw is unstable: of 3 times, the solution earns "
        "1 of 1 points (right) 2 times, 0 of 1 points (wrong) once"
    )


def test_a_solution_that_takes_long_is_told():
    quick = entry(SOLUTION, [("test-mse", 1.0, "right", (), "")])
    slow = replace(quick, cpu_seconds=7.2)
    cells = {("hw", "train"): 5.4, ("hw", "test-mse"): 1.23, ("hw", "setup"): 0.1}
    assert not [*check_time(Graded(quick, slowest=cells))]
    (found,) = check_time(Graded(slow, slowest=cells))
    assert (found.level, found.text) == (
        "odd",
        "the solution takes 7 s of CPU time in all: 5.4 s in cell train of hw, 1.2 s in cell test-mse of hw",
    )
    (found,) = check_time(Graded(slow))
    assert found.text == "the solution takes 7 s of CPU time in all: no cell stands out"


def test_a_mistake_that_keeps_its_points_is_told():
    tests = {"mse": {("hw", "test-mse"), ("hw", "test-mse-hidden")}}
    attempt = Attempt(student="m", notebooks={}, mistakes={"mse": "RK016"})

    def told(*points):
        cells = [(name, given, "right", (), "") for name, given in zip(MOST, points, strict=False)]
        return [one.text for one in check_mistakes([attempt], {"m": entry("m", cells)}, tests)]

    assert told(1.0, 0.0) == []
    assert told(1.0, 2.0) == [
        "mse with the mistake sum instead of mean (RK016) keeps all points of test-mse, test-mse-hidden"
    ]


def test_a_question_of_the_courses_own_that_is_not_given_out_is_told(tmp_path):
    (tmp_path / "square.py").write_text(SQUARE)
    released = {"hw": v4.new_notebook(cells=[v4.new_code_cell('require("square", square)')])}
    assert not [*_of_questions(released, tmp_path)]
    with question_folder(tmp_path):
        (found,) = _of_questions(released, tmp_path)
        assert found.text.startswith("square is not given out, so no student's notebook knows it.")
        assert pkgutil.resolve_name(found.text.split('"')[1])
        (tmp_path / "questions").mkdir()
        (tmp_path / "questions" / "square.json").touch()
        assert not [*_of_questions(released, tmp_path)]


def test_a_mistake_of_a_courses_own_question_that_gets_no_name_is_told(tmp_path):
    (tmp_path / "square.py").write_text(SQUARE)
    tests = {"square": {("hw", "test-mse")}}
    attempt = Attempt(student="m", notebooks={}, mistakes={"square": "SQ1"})

    def told(*ids):
        entries = {"m": entry("m", [("test-mse", 0.0, "wrong", ids, "")])}
        return [one.text for one in check_mistakes([attempt], entries, tests)]

    with question_folder(tmp_path):
        assert told("SQ1") == []
        assert told("SQ2") == ["square with the mistake SQ1 loses its points and is not named so"]


def test_what_is_compared_by_its_type_alone_is_told(tmp_path):
    noted = 'trace.value("the square", [answer(x)])'
    (tmp_path / "square.py").write_text(
        SQUARE.replace('trace.value("the square", answer(x))', noted)
    )
    with question_folder(tmp_path):
        (found,) = _of_own_questions()
    assert found.text.startswith(
        "questions/square.py: of 'the square', which is a list, the type alone is compared. Try: note"
    )
    (tmp_path / "square.py").write_text(SQUARE)
    with question_folder(tmp_path):
        assert not [*_of_own_questions()]


def test_a_key_that_no_student_would_get_is_told(tmp_path):
    def of(source, key="k"):
        nb = v4.new_notebook(cells=[v4.new_code_cell(source)])
        return [one.text for one in _of_orchards({"hw": nb}, tmp_path, key)]

    (told,) = of("own_orchard()")
    assert told.startswith("c.OwnOrchards.key changes nothing: its file is not given out. Try, in")
    assert of("load_orchard()") == of("own_orchard()", key="") == []
    (tmp_path / "orchard.json").touch()
    assert of("own_orchard()") == []


def test_a_cell_about_ones_own_orchard_need_not_lose_what_a_mistake_in_the_function_loses():
    texts = {"a": 'require("rmse", rmse)', "b": 'require("baseline_loss", own, own_orchard=True)'}
    nb = v4.new_notebook(cells=[v4.new_code_cell(text) for text in texts.values()])
    for cell, name in zip(nb.cells, texts, strict=True):
        cell.metadata["nbgrader"] = {"grade": True, "grade_id": name}
    assert asking_cells({"hw": nb}) == {"rmse": {("hw", "a")}}
