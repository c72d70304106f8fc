"""The environments of runs, made ready beside the scheduler's loop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from pathlib import Path


class Environments:
    """Images made ready beside the loop: the first use of one takes minutes, and stops nobody else."""

    def __init__(self, ensure: Callable[[str, Path], None], patience: float = 0.2) -> None:
        self._ensure, self._patience = ensure, patience
        self._asked: dict[tuple[str, Path], Future[None]] = {}

    def ready(self, image: str, content: Path) -> bool:
        """Whether it is there, asking for it the first time. Raises what its making raised."""
        key = (image, content)
        if key not in self._asked:
            self._asked[key] = Future()
            threading.Thread(target=self._make, args=(image, content, self._asked[key]), daemon=True).start()
        asked = self._asked[key]
        wait([asked], timeout=self._patience)
        if not asked.done():
            return False
        if asked.exception() is not None:
            # The next run tries again.
            del self._asked[key]
        asked.result()
        return True

    def _make(self, image: str, content: Path, asked: Future[None]) -> None:
        try:
            self._ensure(image, content)
        except BaseException as error:
            asked.set_exception(error)
        else:
            asked.set_result(None)
