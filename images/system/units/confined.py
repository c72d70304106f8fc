"""A container gives no right: not root, no sudo, no file that changes account, nothing to write but its own.

In the environment of one machine there is nothing to see: its accounts and its files are the machine's.
"""

import os
import shutil
import stat
import sys
from pathlib import Path

if sys.prefix != "/opt/archipel/environment":
    sys.exit(0)

# What a container may write, and what is no file of the image.
OPEN = {Path(f"/{name}") for name in ("data", "dev", "proc", "run/lock", "sys", "tmp", "var/tmp")} | {
    Path.home()
}
found = []
if os.getuid() == 0 or os.geteuid() == 0:
    found.append("the user is root")
found += [f"{name} is there" for name in ("sudo", "doas", "pkexec") if shutil.which(name)]
for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if Path(folder, name) not in OPEN]
    for name in [".", *files]:
        path = Path(folder, name)
        try:
            mode = path.lstat().st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
            found.append(f"{path} runs as another account")
        # Looked at as modes too: on a read-only file system nothing is writable.
        if not stat.S_ISLNK(mode) and (mode & stat.S_IWOTH or os.access(path, os.W_OK)):
            found.append(f"{path} can be written")
try:
    (Path.home() / ".unit").write_text("")
    (Path.home() / ".unit").unlink()
except OSError as error:
    found.append(f"the home cannot be written: {error}")
if found:
    sys.exit("\n".join(found[:20]))
