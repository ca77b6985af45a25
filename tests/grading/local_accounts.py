"""Accounts that only the commands started with them can see: this machine gets none."""

import os
from pathlib import Path

from rainfall_kit.grading.prerequisites.permissions import closed_folder

PASSWORD = "orchard"
SHADOW = (
    "$6$farm$RgaRFVvx/uZJEbyH1uV9tN3KLft2xQUTFpOEEePaZimwYQ5x9nttDhyQQny11QLQ8L4ybtMONfxRNA4zy1fO60"
)
FIRST, GROUP = 60101, 60100
# In a mount namespace: the accounts' files, and nothing closed above the folders that they need.
SETUP = """set -e
for file in passwd shadow group; do mount --bind "$1/etc/$file" "/etc/$file"; done
mount -t tmpfs tmpfs /mnt
number=0
for place in $2; do
    mkdir "/mnt/$number"
    mount --bind "$place" "/mnt/$number"
    number=$((number + 1))
done
for closed in $3; do mount -t tmpfs -o mode=755 tmpfs "$closed"; done
number=0
for place in $2; do
    mkdir -p "$place"
    mount --bind "/mnt/$number" "$place"
    number=$((number + 1))
done
shift 3
exec "$@"
"""


class LocalAccounts:
    """Accounts of one group, with a password and homes of their own; for root alone.

    Args:
        folder: for their homes.
        names: of the accounts.
        needed: folders that they must be able to reach, `folder` or one above it among them.
    """

    def __init__(self, folder, names, needed):
        self.folder = folder
        self.numbers = {name: FIRST + number for number, name in enumerate(names)}
        lines = {
            "passwd": [
                f"{name}:x:{number}:{GROUP}::{folder / name}:/bin/bash"
                for name, number in self.numbers.items()
            ],
            "shadow": [f"{name}:{SHADOW}:19000:0:99999:7:::" for name in names],
            "group": [f"graders:x:{GROUP}:"],
        }
        etc = folder / "etc"
        etc.mkdir(parents=True)
        for file, own in lines.items():
            there = Path("/etc", file)
            (etc / file).write_text("\n".join([*own, there.read_text()]))
            (etc / file).chmod(there.stat().st_mode & 0o777)
        for name in names:
            (folder / name).mkdir()
            self.own(folder / name, name)
        closed = {place: closed_folder(place) for place in needed}
        self._places = " ".join(str(place) for place, above in closed.items() if above)
        self._closed = " ".join({str(above) for above in closed.values() if above})

    def own(self, folder, name):
        """Give a folder, with all that is in it, to one of the accounts."""
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.numbers[name], GROUP)

    def words(self, *words, name=None):
        """The words that start a command where these accounts are; as one of them, if it is named."""
        if name is not None:
            number = str(self.numbers[name])
            who = ["--reuid", number, "--regid", str(GROUP), "--clear-groups"]
            words = ["setpriv", *who, "env", f"HOME={self.folder / name}", f"USER={name}", *words]
        setup = ["sh", "-c", SETUP, "sh", self.folder, self._places, self._closed]
        return ["unshare", "--mount", *map(str, setup), *map(str, words)]
