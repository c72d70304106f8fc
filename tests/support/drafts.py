"""A working copy of this repository whose défi « bonjour » runs the code of a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from archipel.content.git import git
from archipel.content.workingcopy import snapshot
from support.places import Visitor
from support.source import ROOT

SAME = {"Sec-Fetch-Site": "same-origin"}


def submit_code(visitor: Visitor, who: httpx.Client, folder: Path, code: str) -> str:
    """A draft's run whose last cell first runs ``code`` in a process of its own; its identifier.

    ``folder``: an empty one.
    """
    git("clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder))
    declared = folder / "catalog" / "defis" / "bonjour.yaml"
    # A machine under load may take minutes to start it.
    declared.write_text(
        declared.read_text(encoding="utf-8").replace("timeout: 5m", "timeout: 30m"), encoding="utf-8"
    )
    path = folder / "notebooks" / "bonjour" / "execution.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    last = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]
    # A notebook's own cells hold no loop.
    run = f"subprocess.run([sys.executable, '-c', {code!r}], check=True)\n"
    last["source"] = ["import subprocess\n", "import sys\n", "\n", run, "\n", *last["source"]]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    kept = who.post(visitor.api("drafts"), content=snapshot(folder), headers=SAME)
    assert kept.status_code == 201, kept.text
    body: dict[str, Any] = {"defi": "bonjour", "parameters": {}, "draft": kept.json()["draft"]}
    answer = who.post(visitor.api("runs"), json=body, headers=SAME)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
