"""Comparison of nbgrader's own tests, run by stock nbgrader and with the engine plugged in.

    python tests/nbgrader_suite/compare_with_stock.py [--nbgrader 0.9.6] [apps/test_api.py ...]

nbgrader's source distribution is taken from the package index into a temporary folder, and its tests run on its
own code, as an ordinary user. What passes with stock must pass with the engine, but for the tests that
`differences.toml` names, each with a reason. Pytest does not collect it: a version takes several minutes.
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSIONS = ("0.9.5", "0.9.6")
SUITES = (
    "apps/test_nbgrader_autograde.py",
    "apps/test_nbgrader_generate_feedback.py",
    "apps/test_nbgrader_releasefeedback.py",
    "apps/test_nbgrader_fetchfeedback.py",
    "apps/test_nbgrader_export.py",
    "apps/test_nbgrader_collect.py",
    "apps/test_nbgrader_zip_collect.py",
    "apps/test_nbgrader_db.py",
    "apps/test_api.py",
    "api",
    "preprocessors",
    "utils",
)
_HERE = Path(__file__).parent
_TESTS = "nbgrader.tests."
_USER = "nobody"  # nbgrader's tests of permissions fail for root, who may do anything


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suites", nargs="*", default=SUITES, help="files below nbgrader/tests")
    parser.add_argument("--nbgrader", action="append", metavar="VERSION", help=f"of {VERSIONS}")
    parser.add_argument("-k", metavar="EXPRESSION", default="", help="as pytest's")
    arguments = parser.parse_args()
    expected = read_differences(_HERE / "differences.toml")
    good = True
    for version in arguments.nbgrader or VERSIONS:
        with tempfile.TemporaryDirectory(prefix="nbgrader-") as temporary:
            Path(temporary).chmod(0o755)
            source = download(version, Path(temporary))
            stock, engine = (
                run_tests(source, arguments.suites, arguments.k, with_engine=with_engine)
                for with_engine in (False, True)
            )
        comparison = Comparison(stock, engine, expected)
        print(f"nbgrader {version}\n\n{comparison}\n")
        good = good and not comparison.unexpected and not comparison.outdated
    return 0 if good else 1


@dataclass(frozen=True)
class Comparison:
    """Failures by the test's name, in the words of pytest's first line; empty for one that passed."""

    stock: Mapping[str, str]
    engine: Mapping[str, str]
    expected: Mapping[str, str]

    @property
    def both_pass(self) -> list[str]:
        return [test for test in self.stock if not self.stock[test] and self.engine.get(test) == ""]

    @property
    def both_fail(self) -> list[str]:
        return [test for test in self.stock if self.stock[test] and self.engine.get(test) != ""]

    @property
    def only_engine(self) -> list[str]:
        return [test for test in self.stock if self.stock[test] and self.engine.get(test) == ""]

    @property
    def only_stock(self) -> list[str]:
        return [test for test in self.stock if not self.stock[test] and self.engine.get(test) != ""]

    @property
    def unexpected(self) -> list[str]:
        return [test for test in self.only_stock if test not in self.expected]

    @property
    def outdated(self) -> list[str]:
        """Expected differences that there are not any more."""
        return [test for test in self.both_pass if test in self.expected]

    def __str__(self) -> str:
        lines = [
            f"{len(self.both_pass):5} pass with both",
            f"{len(self.only_stock):5} pass with stock only, {len(self.unexpected)} of them unexpected",
            f"{len(self.both_fail):5} fail with both",
            f"{len(self.only_engine):5} pass with the engine only",
        ]
        lines += [
            f"\nUNEXPECTED {test}\n    {self.engine.get(test, 'was not run')}"
            for test in self.unexpected
        ]
        lines += [
            f"\nexpected {test}\n    {self.expected[test]}"
            for test in self.only_stock
            if test in self.expected
        ]
        lines += [f"\nfails with both {test}\n    {self.stock[test]}" for test in self.both_fail]
        lines += [f"\nNOT ANY MORE {test}: strike it from the list" for test in self.outdated]
        return "\n".join(lines)


def read_differences(path: Path) -> dict[str, str]:
    """The reasons of the list, by the tests' names."""
    tables = tomllib.loads(path.read_text()).get("difference", [])
    return {test: table["reason"] for table in tables for test in table["tests"]}


def download(version: str, folder: Path) -> Path:
    """The unpacked source distribution."""
    words = ("download", "--quiet", "--no-deps", "--no-binary=nbgrader", f"nbgrader=={version}")
    subprocess.run([sys.executable, "-m", "pip", *words, f"--dest={folder}"], check=True)
    (archive,) = folder.glob("nbgrader-*.tar.gz")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def run_tests(
    source: Path, suites: Sequence[str], only: str, *, with_engine: bool
) -> dict[str, str]:
    """Why each test failed, by its name; empty for one that passed."""
    with tempfile.TemporaryDirectory(prefix="nbgrader-home-") as home:
        user = pwd.getpwnam(_USER) if os.geteuid() == 0 else None
        if user is not None:
            os.chown(home, user.pw_uid, user.pw_gid)
        report = Path(home, "report.xml")
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-k", only, f"--junitxml={report}"),
                *("-o", "junit_logging=all"),
                *("-c", source / "pytest.ini", "-p", "no:cacheprovider", "--tb=short"),
                f"--confcutdir={source / 'nbgrader'}",  # above are fixtures for other suites
                *(("-p", "engine_plugin") if with_engine else ()),
                *(source / "nbgrader" / "tests" / suite for suite in suites),
            ],
            cwd=home,
            env=environment(source, home),
            user=user and user.pw_uid,
            group=user and user.pw_gid,
            extra_groups=user and [],
            check=False,
        )
        if not report.is_file():
            raise SystemExit(
                f"pytest ended with code {done.returncode} and no report, as the user "
                f"{user.pw_name if user else pwd.getpwuid(os.geteuid()).pw_name}, who must be able "
                f"to read {sys.executable}, {_HERE} and the kit"
            )
        return read_report(report)


def environment(source: Path, home: str) -> dict[str, str]:
    """This process's environment, without its user's own Jupyter settings."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("JUPYTER")}
    return own | {
        "HOME": home,
        "LOGNAME": _USER,
        "USER": _USER,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([str(source), str(_HERE)]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def read_report(report: Path) -> dict[str, str]:
    """Why each test failed, of pytest's report; without those that were skipped."""
    failures: dict[str, str] = {}
    for case in ET.parse(report).iter("testcase"):
        if case.find("skipped") is not None:
            continue
        name = f"{case.get('classname', '').removeprefix(_TESTS)}.{case.get('name')}"
        problems = [*case.iter("failure"), *case.iter("error")]
        told = problems[0].get("message", "").partition("\n")[0] or "failed" if problems else ""
        logged = _last_error("".join(case.itertext())) if problems else ""
        failures[name] = failures.get(name, "") or told + (logged and f"; logged: {logged}")
    return failures


def _last_error(log: str) -> str:
    """The last error in nbgrader's log, which says more than that a command failed."""
    raised = re.findall(r"^ +((?:\w+\.)*\w*(?:Error|Exception|Entry): .+)$", log, re.MULTILINE)
    told = re.findall(
        r"\| ERROR\] (?!Traceback|There was an error|Please see)(.+)$", log, re.MULTILINE
    )
    return (raised or told or [""])[-1]


if __name__ == "__main__":
    sys.exit(main())
