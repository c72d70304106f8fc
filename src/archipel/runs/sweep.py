"""What was sent and is not kept for ever: removed by each process that receives it, or copies it."""

from __future__ import annotations

import shutil

from archipel.backends.task import State
from archipel.runs.context import Context

SWEEP_SECONDS = 3600
"""Between two turns."""
UPLOAD_SECONDS = 24 * 3600
"""A run that took what was sent has its own copy."""
DRAFT_SECONDS = 30 * 24 * 3600
"""A draft is its author's working copy; its preview lives as long as it."""


def sweep(context: Context, now: float) -> None:
    """``now``: seconds since 1970. What a run still waits for stays, whatever its age."""
    for folder in context.data.inputs.iterdir():
        if folder.name.isalnum() and now - folder.stat().st_mtime > UPLOAD_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
    unfinished = context.store.runs(states=(State.QUEUED, State.RUNNING), limit=1000, oldest_first=True)
    kept = {run.draft for run in unfinished if run.draft}
    context.library.expire_drafts(now - DRAFT_SECONDS, kept)
