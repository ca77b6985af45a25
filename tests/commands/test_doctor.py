"""`rainfall doctor` says part by part what works, and ends with 1 only for what grading needs."""

import json

import pytest
from cgroup_look import can_make_cgroups

from rainfall_kit.course.bundled_course import copy_course


def test_a_good_course_then_one_without_a_sandbox_and_with_a_wrong_gradebook(
    run, tmp_path, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "80")
    course = tmp_path / "course"
    copy_course(course)
    monkeypatch.chdir(course)  # where it is started counts
    before = {path: path.stat().st_mtime_ns for path in course.rglob("*")}
    status, out, _ = run("doctor")
    assert {path: path.stat().st_mtime_ns for path in course.rglob("*")} == before
    lines = out.splitlines()
    assert status == 0
    assert "✓ sandbox     a sandboxed fork ran 1 + 1" in lines
    sign = "✓" if can_make_cgroups() else "-"
    assert any(line.startswith(f"{sign} cgroup      ") for line in lines)
    assert "✓ course_id   rainfall" in lines
    assert any(line.startswith("✓ kernel      python3 starts ") for line in lines)
    words = [line for line in lines if " Try: " not in line and "/" not in line]
    assert max(map(len, words)) <= 80
    assert {line[0] for line in lines} == {"✓", "-", " "}  # nothing that grading needs is missing

    with (course / "nbgrader_config.py").open("a") as config:
        config.write('\nc.CourseDirectory.db_url = "nonsense"\n')
    monkeypatch.setenv("PATH", str(tmp_path))
    kernel = tmp_path / "kernels/python3/kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"argv": ["gone"], "display_name": "", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    status, out, _ = run("doctor", "--json", "--course", course)
    told = json.loads(out)
    assert (status, told["works"]) == (1, False)
    missing = [one["part"] for one in told["findings"] if one["needed"] and not one["works"]]
    assert missing == ["sandbox", "database"]
    optional = [one["part"] for one in told["findings"] if not (one["needed"] or one["works"])]
    assert "kernel" in optional
    assert told["findings"][0]["act"] == "sudo apt install bubblewrap"


@pytest.mark.parametrize("command", ["report", "grade"])
def test_other_commands_tell_a_wrong_gradebook_in_one_line(run, tmp_path, command):
    copy_course(tmp_path / "course")
    with (tmp_path / "course/nbgrader_config.py").open("a") as config:
        config.write('\nc.CourseDirectory.db_url = "nonsense"\n')
    status, _, err = run(command, "tensors", "--course", tmp_path / "course")
    assert status == 1
    assert err.count("\n") == 1
    assert "db_url is no database's URL" in err
