"""The command says what it did in plain words, and what went wrong in one line."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import click
import pytest
from live_jupyter import free_port

import rainfall_kit
from rainfall_kit.cli import rainfall
from rainfall_kit.course.assignments import assignment_names

RAINFALL = [sys.executable, "-c", "from rainfall_kit.cli import main; main()"]


def test_help_names_every_command(run):
    status, out, err = run("--help")
    assert (status, err) == (0, "")
    for command in ("course", "demo", "export", "lab", "report", "roster", "verify"):
        assert f"\n  {command} " in out


def test_version_is_the_package_s_own(run):
    assert run("--version") == (0, f"rainfall, version {rainfall_kit.__version__}\n", "")


def test_help_loads_nothing_heavy():
    script = """
import sys
from rainfall_kit.cli import main, rainfall
from rainfall_kit.course.assignments import assignment_names
try:
    main(["demo", "--help"])
except SystemExit:
    print(sorted({"torch", "numpy", "nbformat", "nbgrader", "rich", "IPython"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "typed",
    [
        [],
        ["nonsense"],
        ["course"],
        ["course", "--nonsense"],
        ["demo", "--students", "0"],
        ["demo", "--students", "many"],
        ["demo", "--jobs", "-1"],
        ["demo", "--assignment", "lose"],
        ["lab", "--port", "99999"],
    ],
)
def test_a_mistyped_command_gets_one_line_that_says_what_to_type(run, typed):
    status, out, err = run(*typed)
    assert (status, out) == (2, "")
    assert err.startswith("Error: ")
    assert err.endswith("--help\n")
    assert err.count("\n") == 1


def test_a_wrong_assignment_hears_which_there_are(run):
    _, _, err = run("demo", "--assignment", "lose")
    for name in assignment_names():
        assert repr(name) in err


def test_a_shell_completes_the_name_of_an_assignment():
    (option,) = (
        option for option in rainfall.commands["demo"].params if option.name == "assignment"
    )
    context = click.Context(rainfall.commands["demo"])
    found = [item.value for item in option.shell_complete(context, "gradient_")]
    assert found == ["gradient_descent"]


def test_course_says_how_to_go_on(run, tmp_path):
    folder = tmp_path / "my course"
    status, out, err = run("course", folder)
    assert (status, err) == (0, "")
    assert f"cd '{folder}'" in out
    assert (folder / "nbgrader_config.py").is_file()
    assert out.endswith("nbgrader generate_assignment tensors\n")


@pytest.mark.parametrize("command", [["course"], ["demo", "--folder"]])
def test_a_folder_in_use_stays_as_it_is(run, tmp_path, command):
    (tmp_path / "thesis.txt").write_text("years of work")
    status, _, err = run(*command, tmp_path)
    assert status == 1
    assert err.count("\n") == 1
    assert "nothing is overwritten" in err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_folder_where_one_stands_may_be_in_use_too(run, tmp_path, monkeypatch):
    (tmp_path / "thesis.txt").touch()
    monkeypatch.chdir(tmp_path)
    status, _, err = run("course", ".")
    assert status == 1
    assert err.endswith("Try a new or empty folder: course\n")


@pytest.mark.parametrize("command", [["course"], ["demo", "--folder"], ["lab", "--no-browser"]])
def test_a_place_without_room_for_a_folder_gets_one_line(run, tmp_path, command):
    file = tmp_path / "file"
    file.touch()
    status, _, err = run(*command, file / "folder")
    assert (status, err) == (1, f"Error: {file / 'folder'}: Not a directory\n")


@pytest.mark.parametrize("command", ["course", "lab"])
def test_a_full_disk_gets_one_line_and_leaves_no_half(tmp_path, command):
    folder = tmp_path / "new"
    done = subprocess.run(
        [*RAINFALL, command, folder],
        capture_output=True,
        text=True,
        check=False,
        # Stands in for a full disk: files can be made, and not be filled.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith(": File too large\n")
    assert not folder.exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has /dev/full")  # noqa: PTH110
def test_an_output_that_is_full_gets_one_line():
    with open("/dev/full", "w") as full:  # noqa: PTH123  # a device, not a file
        done = subprocess.run(
            [*RAINFALL, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "Error: No space left on device\n")


def test_lab_refuses_a_port_in_use_and_makes_nothing(run, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        status, out, err = run("lab", tmp_path / "mine", "--port", port)
    assert (status, out) == (1, "")
    assert err == f"Error: port {port} is in use. Try another: rainfall lab --port {port + 1}\n"
    assert not (tmp_path / "mine").exists()


def test_lab_says_when_jupyterlab_is_missing(tmp_path):
    script = (
        "import sys; sys.modules['jupyterlab'] = None; from rainfall_kit.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "lab", tmp_path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: JupyterLab is not installed here. Try: pip install jupyterlab\n"


def status_of(address, *, seconds=300):
    """The HTTP status; JupyterLab says where it listens a moment before it does."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address) as page:
                return page.status
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_lab_serves_a_start_page_with_fresh_notebooks(tmp_path):
    port, folder = free_port(), tmp_path / "mine"
    lab = subprocess.Popen(
        [*RAINFALL, "lab", folder, "--no-browser", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = next(
            word
            for line in lab.stderr
            for word in line.split()
            if word.startswith(f"http://127.0.0.1:{port}")
        )
        assert "/lab/tree/start.ipynb" in address
        assert status_of(address) == 200
        assert (folder / "tour.ipynb").is_file()
    finally:
        lab.send_signal(signal.SIGTERM)
        out, _ = lab.communicate(timeout=300)
    assert out.startswith(f"Put into {folder}: tour.ipynb, tensors/tensors.ipynb, ")


def test_lab_opens_the_tour_that_is_there_as_it_was_left(tmp_path):
    (tmp_path / "tour.ipynb").write_text("my work")
    script = """
import os
from rainfall_kit.cli import main, rainfall
from rainfall_kit.course import personal_folder
os.execv = print
files = personal_folder._files
personal_folder._files = lambda: [next(files())]  # the tour alone: the others take seconds
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", script, "lab", tmp_path], capture_output=True, text=True, check=True
    )
    assert "as you left it" in done.stdout
    assert (tmp_path / "tour.ipynb").read_text() == "my work"


def test_a_terminal_that_knows_few_characters_gets_question_marks():
    script = """
from rainfall_kit.cli import main, rainfall
from rainfall_kit.course.assignments import assignment_names
try:
    main(["--version"])
except SystemExit:
    print("12 %…")  # as Rich cuts what is too wide
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.stdout.endswith("12 %?\n")


@pytest.mark.usefixtures("interruptible")
def test_a_demo_that_is_stopped_leaves_nothing_behind(tmp_path):
    demo = subprocess.Popen(
        [*RAINFALL, "demo", "--students", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
    )
    assert str(tmp_path) in demo.stdout.readline()
    demo.send_signal(signal.SIGINT)
    _, err = demo.communicate(timeout=300)
    assert (demo.returncode, err.strip()) == (130, "Error: stopped")
    assert list(tmp_path.iterdir()) == []
