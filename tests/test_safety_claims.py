"""Every sentence of README about what is safe names the tests that hold it, and those are there."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
CGROUP = "grading/sandbox/cgroups/test_cgroup.py::"
ATTACKS = "grading/sandbox/test_attacks.py::"
FEEDBACK = "grading/feedback/test_page.py::"
HOSTILE = "grading/test_hostile_submissions.py::"
JUDGE = "grading/judging/test_judge.py::"
KIT_FILES = "grading/sandbox/allow_list/test_kit_files.py::"
READER = "grading/prepare/test_notebook_reader.py::"
SUBMISSION = "grading/prepare/test_submission.py::"
RUN_JOB = "grading/sandbox/test_run_job.py::"
# How a sentence begins, and the tests of what it says.
HELD_BY = {
    "Where a cell only asks `require": (
        ATTACKS + "test_no_forger_gets_a_point_for_values",
        "grading/prepare/test_secret.py::test_where_the_secret_is_deleted_inputs_are_drawn_anew",
        "grading/prepare/test_job_builder.py::test_no_later_cell_finds_what_hidden_tests_called_with",
    ),
    "What the sandbox sees of the kit is a list": (
        KIT_FILES + "test_no_function_of_the_kit_passes_a_question",
        KIT_FILES + "test_no_file_that_can_be_read_holds_an_answer",
        KIT_FILES + "test_no_file_holds_an_answer_however_the_kit_is_installed",
        KIT_FILES + "test_no_file_that_a_dask_worker_shows_holds_an_answer",
        KIT_FILES + "test_what_computes_a_gradient_is_drawn_outside",
    ),
    "Where a cell only asks for `init_params`": (
        KIT_FILES + "test_no_function_of_the_kit_passes_a_question",
    ),
    "No graphics card is seen": (RUN_JOB + "test_no_device_of_the_machine_is_seen",),
    "Once an answer has seen a secret input": (
        RUN_JOB + "test_nothing_runs_again_once_a_secret_was_shown",
    ),
    "The right `model` that stands in": (
        RUN_JOB + "test_what_one_cell_is_given_is_not_asked_for_after_it",
    ),
    "What a notebook, its outputs and its answers hold": (
        HOSTILE + "test_names_and_sizes_that_stand_in_the_way_are_left_out_with_a_note",
        "grading/sandbox/test_worker_client.py::test_an_answer_of_many_small_things_is_not_read",
        RUN_JOB + "test_cells_that_show_too_much_together_are_cut",
        READER + "test_more_metadata_than_anybody_writes_is_left_out_before_it_is_validated",
    ),
    "On Linux, values are judged in a process": (
        JUDGE + "test_what_is_ended_is_told_and_the_next_submission_is_judged",
        JUDGE + "test_each_submission_has_five_seconds",
    ),
    "Three tenths of the time": (
        JUDGE + "test_what_takes_too_long_to_explain_earns_what_it_should",
    ),
    "What cannot be judged in all of it": (
        JUDGE + "test_a_class_is_graded_whatever_becomes_of_one_submissions_judging",
    ),
    "A feedback page is drawn in such a process": (
        FEEDBACK + "test_what_takes_too_long_to_draw_is_shown_as_plain_text",
        "grading/test_limited_process.py::test_a_limit_ends_it",
    ),
    "Formgrader's own pages": (),
    "A job that takes longer than ten seconds": (
        "grading/sandbox/test_local_runner.py::test_a_job_that_sleeps_lets_the_next_one_begin",
    ),
    "Memory is counted ten times a second": (
        "grading/sandbox/inside/test_supervisor.py::test_too_much_memory_kills",
        "grading/sandbox/inside/test_supervisor.py::test_memory_is_counted_ten_times_a_second",
        "grading/sandbox/inside/test_supervisor.py::test_what_cannot_be_read_counts_in_full",
    ),
    "Where a cgroup can be made": (
        CGROUP + "test_too_much_memory_is_ended_by_the_kernel_and_nobody_else_is",
        CGROUP + "test_no_more_processes_than_allowed",
        RUN_JOB + "test_memory_that_no_count_sees_is_held_by_a_cgroup",
    ),
    "The record of each grade says whether": (
        RUN_JOB + "test_memory_that_no_count_sees_is_held_by_a_cgroup",
        "grading/test_engine.py::test_each_graded_cell_shows_its_outcome_points_and_message",
    ),
    "Deleted, copied and retyped cells are put back": (
        "grading/prepare/repair/test_answers.py::test_every_cell_is_there_once_and_in_order",
        SUBMISSION + "test_a_notebook_that_is_too_large_without_outputs_asks_for_a_look",
        HOSTILE + "test_what_cannot_be_read_gets_a_grade_with_a_note",
        HOSTILE + "test_the_honest_one_gets_its_points",
    ),
    "Cells with asserts of your own": (
        ATTACKS + "test_a_forger_gets_points_where_the_own_process_scores",
        "grading/test_engine.py::test_the_command_prints_a_table_and_how_scores_came_about",
    ),
    "Nothing that a submission writes, locks or sets": (
        ATTACKS + "test_it_works_without_a_sandbox_and_not_inside_one",
        RUN_JOB + "test_no_note_is_left_on_an_open_file_for_the_next_submission",
        "grading/sandbox/test_fork_server.py::test_the_sandbox_stands_for_those_who_are_not_root",
    ),
    "Not promised:": (),
}


def sentences():
    readme = (TESTS.parent / "README.md").read_text("utf-8")
    section = readme.partition("### What is safe, and what is not promised")[2].partition("\n#")[0]
    for point in section.split("\n- ")[1:]:
        yield from re.split(r"(?<=\.) (?=[A-Z])", " ".join(point.split()))


def test_each_sentence_has_its_tests():
    found = [*sentences()]
    assert len(found) == len(HELD_BY)
    for sentence, begins in zip(found, HELD_BY, strict=True):
        assert sentence.startswith(begins)


def test_each_of_these_tests_is_there():
    for tests in HELD_BY.values():
        for test in tests:
            file, _, name = test.partition("::")
            assert f"\ndef {name}(" in (TESTS / file).read_text("utf-8"), test
