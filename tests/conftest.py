"""Which tests share a worker of xdist: those of one dear fixture, which each worker would repeat.

`pytest tests -n 3 --dist loadgroup` honours it, and begins with the longest groups.
"""

from __future__ import annotations

import pytest

TOGETHER = frozenset(
    {
        "test_bad_input", "test_bundle", "test_campaign", "test_corpus", "test_determinism",
        "test_faults", "test_functions", "test_fuzz", "test_gate_drift", "test_interpreters",
        "test_reports_browser", "test_reports_charts", "test_reports_compare_page",
        "test_reports_html", "test_reports_render", "test_resume",
    }
)  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the group of each test that has one: its module, or what it draws."""
    for item in items:
        name = item.path.stem
        if name == "test_draws":  # two thousand problems of each kind, drawn once a process
            kind = getattr(item, "callspec", None)
            name = f"draws of {kind.params.get('kind', '')}" if kind else ""
        if name.startswith("draws of") or name in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(name))
