"""What a notebook prints, by whatever way, stands once in the run's log."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import nbformat
import pytest
from papermill.engines import NotebookExecutionManager

from archipel.notebook.engine import ArchipelEngine


def executed(
    code: str,
    told: io.StringIO,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    environment: dict[str, str] | None = None,
) -> Any:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    notebook.metadata["papermill"] = {}
    for cell in notebook.cells:
        cell.metadata["papermill"] = {}
    manager = NotebookExecutionManager(notebook, output_path=None, progress_bar=False)
    manager.notebook_start()
    ArchipelEngine.execute_managed_notebook(
        manager,
        "python3",
        stdout_file=told,
        stderr_file=told,
        kernel_env=environment,
        kernel_cwd=str(tmp_path),
    )
    assert "printed" not in "".join(capfd.readouterr())
    return manager.nb


@pytest.mark.parametrize(
    "code",
    [
        "print('prin' + 'ted')",
        "!echo prin''ted",
        "import subprocess; subprocess.run(['sh', '-c', 'echo prin\"\"ted; sleep 0.5'])",
        "import subprocess; subprocess.run(['sh', '-c', 'echo prin\"\"ted >&2; sleep 0.5'])",
    ],
    ids=["print", "shell", "child", "child-stderr"],
)
def test_what_a_cell_prints_stands_once(code: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told = io.StringIO()
    notebook = executed(code, told, tmp_path, capfd)
    assert told.getvalue().count("printed") == 1
    shown = "".join(output.get("text", "") for output in notebook.cells[0].outputs)
    assert shown.count("printed") == 1


def test_the_last_words_of_a_kernel_that_does_not_start_are_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    told = io.StringIO()
    with pytest.raises(RuntimeError):
        executed("1", told, tmp_path, capfd, {"PYTHONHOME": str(tmp_path)})
    assert "Fatal Python error" in told.getvalue()
