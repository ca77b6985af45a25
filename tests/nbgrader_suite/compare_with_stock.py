"""Comparison of nbgrader's own tests, run by stock nbgrader and with the engine plugged in.

    python tests/nbgrader_suite/compare_with_stock.py [--nbgrader 0.9.6] [apps/test_api.py ...]

nbgrader's source distribution is taken from the package index into a temporary folder, and its tests run on its
own code, as an ordinary user: all with the engine, and those that fail with stock, too. What passes with stock must
pass with the engine, but for the tests that `differences.toml` names, each with a reason. Pytest does not collect it:
a version takes many minutes.
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
import stat
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
        comparison = compare(version, arguments.suites, arguments.k, expected)
        print(f"nbgrader {version}\n\n{comparison}\n")
        good = good and not comparison.unexpected and not comparison.outdated
    return 0 if good else 1


def compare(
    version: str, suites: Sequence[str], only: str, expected: Mapping[str, str]
) -> Comparison:
    """Run nbgrader's tests with the engine, and those that fail once more with stock nbgrader."""
    with tempfile.TemporaryDirectory(prefix="nbgrader-") as temporary:
        Path(temporary).chmod(0o755)
        source = download(version, Path(temporary))
        with tempfile.TemporaryDirectory(prefix="nbgrader-home-") as home:
            words = [*("-k", only), *(source / "nbgrader" / "tests" / suite for suite in suites)]
            engine = run_tests(source, home, ["-p", "engine_plugin", *words])
            failed = any(engine.values())
            stock = run_tests(source, home, ["--lf", *words]) if failed else {}
    return Comparison(engine, stock, expected)


@dataclass(frozen=True)
class Comparison:
    """Failures by the test's name, in the words of pytest's first line; empty for one that passed.

    Attributes:
        engine: of all tests.
        stock: of those that fail with the engine.
        expected: the reason of each test that may.
    """

    engine: Mapping[str, str]
    stock: Mapping[str, str]
    expected: Mapping[str, str]

    @property
    def passed(self) -> list[str]:
        return [test for test in self.engine if not self.engine[test]]

    @property
    def only_stock(self) -> list[str]:
        return [test for test in self.engine if self.engine[test] and not self.stock.get(test)]

    @property
    def both_fail(self) -> list[str]:
        return [test for test in self.engine if self.engine[test] and self.stock.get(test)]

    @property
    def unexpected(self) -> list[str]:
        return [test for test in self.only_stock if test not in self.expected]

    @property
    def outdated(self) -> list[str]:
        """Expected differences that there are not any more."""
        return [test for test in self.passed if test in self.expected]

    def __str__(self) -> str:
        lines = [
            f"{len(self.passed):5} pass with the engine",
            f"{len(self.only_stock):5} pass with stock only, {len(self.unexpected)} of them unexpected",
            f"{len(self.both_fail):5} fail with both",
        ]
        lines += [f"\nUNEXPECTED {test}\n    {self.engine[test]}" for test in self.unexpected]
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
        # older Pythons have no filters
        files.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        files.extractall(folder)
    return folder / archive.name.removesuffix(".tar.gz")


def run_tests(source: Path, home: str, words: Sequence[str | Path]) -> dict[str, str]:
    """Why each test failed, by its name; empty for one that passed.

    Args:
        source: the unpacked source distribution.
        home: a folder, which remembers what has failed.
        words: more arguments of pytest.
    """
    report = Path(home, "report.xml")
    report.unlink(missing_ok=True)
    done = subprocess.run(
        [
            *as_ordinary_user(home),
            *(sys.executable, "-m", "pytest", "-q", "--tb=short", "-c", source / "pytest.ini"),
            *(f"--junitxml={report}", "-o", "junit_logging=all", "-o", f"cache_dir={home}/cache"),
            f"--confcutdir={source / 'nbgrader'}",  # above are fixtures for other suites
            *words,
        ],
        cwd=home,
        env=environment(source, home),
        check=False,
    )
    if not report.is_file():
        raise SystemExit(f"pytest ended with code {done.returncode} and no report")
    return read_report(report)


def as_ordinary_user(home: str) -> list[str]:
    """What to write before a command so that it does not run as root; nothing for anybody else.

    Args:
        home: the folder that the ordinary user is to own.
    """
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam(_USER)
    os.chown(home, user.pw_uid, user.pw_gid)
    # Folders that root alone may enter are empty there but for what has to be read.
    tops: set[Path] = set()
    inside: list[str] = []
    for folder in (Path(sys.prefix), Path(sys.base_prefix), _HERE.parents[1]):
        above = list(reversed(folder.parents))
        while above and above[0].stat().st_mode & stat.S_IXOTH:
            above.pop(0)
        tops |= {*above[:1]}
        inside += [word for place in above[1:] for word in ("--perms", "0755", "--dir", str(place))]
        inside += ["--bind", str(folder), str(folder)] if above else []
    words = ["bwrap", "--dev-bind", "/", "/", "--cap-add", "ALL"]
    words += [word for top in tops for word in ("--perms", "0755", "--tmpfs", str(top))]
    words += inside
    return [*words, "--", "setpriv", f"--reuid={_USER}", f"--regid={user.pw_gid}", "--clear-groups"]


def environment(source: Path, home: str) -> dict[str, str]:
    """This process's environment, without its user's own Jupyter settings."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("JUPYTER")}
    return own | {
        "HOME": home,
        "LOGNAME": _USER,
        "USER": _USER,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join(map(str, [source, _HERE, _HERE.parents[1]])),
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
