"""Search for answers in every file that can be read inside the sandbox, in whichever installation runs this.

As a command it writes what it has found as JSON; on stdin come the folders that need not be read again.
"""

import base64
import hashlib
import json
import re
import sys
from pathlib import Path

from rainfall_kit import installation
from rainfall_kit.checks.questions.registry import QUESTIONS
from rainfall_kit.grading.sandbox import bubblewrap
from rainfall_kit.grading.sandbox.allow_list.kit_files import kit_files
from rainfall_kit.grading.sandbox.fork_server import ForkServer
from rainfall_kit.grading.sandbox.job import File, Job, JobCell, Limits, Result
from rainfall_kit.grading.sandbox.run_job import run_job

# Reads every file below Python's own folders, the kit's, and those that all programs share, and finds those
# that tell more than a line or two of any answer.
READS_ALL = """
import json, os
telling = {name: [line.encode() for line in lines] for name, lines in json.loads(@telling@).items()}
known = set(map(tuple, @known@))
found, folders_read, files_read = set(), [], 0
for top in @tops@:
    for root, folders, files in os.walk(top):
        folders[:] = [name for name in folders if name not in ("torch", "sympy")]
        about = os.stat(root)
        here = about.st_dev, about.st_ino
        if here in known:  # what is covered here is another folder
            continue
        found_before = len(found)
        for name in files:
            if name.endswith((".so", ".a")) or ".so." in name:
                continue
            path = os.path.join(root, name)
            try:
                file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            except OSError:
                continue
            try:
                data = os.read(file, 1 << 20)
            except OSError:
                continue
            finally:
                os.close(file)
            files_read += 1
            if any(all(line in data for line in lines) for lines in telling.values()):
                found.add(path)
        if len(found) == found_before:
            folders_read.append(here)
print(json.dumps([sorted(found), folders_read, files_read]))
"""
# Lines that anybody writes, and that say nothing.
PLAIN = re.compile(
    r"def |return \w+(, \w+)*$|losses = \[\]|import |with torch|for |if |else|\w+\.backward\(\)$|\w+ = \w+$"
)
# Lies beside the notebook, and shows that answers are found where there are some.
PLANTED = "planted.txt"


def telling_lines():
    lines = {
        name: [
            line.strip()
            for line in question.program.splitlines()
            if line.strip() and not PLAIN.match(line.strip())
        ]
        for name, question in QUESTIONS.items()
    }
    # the longest first: it is found soonest, and in the fewest files
    return {name: sorted(found, key=len, reverse=True) for name, found in lines.items() if found}


def job_that_reads(known=()):
    """A job that reads all but the folders known, each by its device and inode."""
    tops = [*bubblewrap._python_folders(), str(installation.FOLDER), "/etc", bubblewrap.scratch()]
    tops += ["/usr/lib/python3", "/usr/local/lib", "/course"]
    source = READS_ALL.replace("@telling@", repr(json.dumps(telling_lines())))
    source = source.replace("@tops@", repr(tops)).replace("@known@", repr([*known]))
    limits = Limits(
        cell_seconds=300, wall_seconds=400, cpu_seconds=300, processes=64, output_kib=4096
    )
    planted = File(
        path=PLANTED, content=base64.b64encode(QUESTIONS["mse"].program.encode()).decode()
    )
    cells = (JobCell(number=0, source=source),)
    return (
        Job(id="reads", folder="hw", cells=cells, files=(planted,), limits=limits)
        .to_json()
        .encode()
    )


def found_by(result):
    """What such a job has found: the files, the folders that it has read, and how many files."""
    (output,) = json.loads(Result.from_json(result.decode()).cells[0].outputs)
    found, folders, files = json.loads(output["text"])
    return {Path(path) for path in found}, [tuple(folder) for folder in folders], files


def texts_of_the_kit():
    """What student code sees of the kit: a digest of each module's text, by its path below the kit."""
    return {
        path.removeprefix(str(installation.FOLDER)): hashlib.sha256(text).hexdigest()
        for path, text in kit_files().items()
        if path.endswith(".py")
    }


if __name__ == "__main__":
    with ForkServer("namespaces") as server:
        server.wait_until_ready()
        found, _, files = found_by(run_job(job_that_reads(json.load(sys.stdin)), server))
    kit = str(installation.FOLDER)
    print(json.dumps([kit, texts_of_the_kit(), [*map(str, found)], files]))
