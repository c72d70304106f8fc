"""The défis' methods by themselves: no process, no network, no workspace."""

from __future__ import annotations

from support.quick import pytest_collection_finish, pytest_runtest_setup, pytest_runtest_teardown

__all__ = ["pytest_collection_finish", "pytest_runtest_setup", "pytest_runtest_teardown"]
