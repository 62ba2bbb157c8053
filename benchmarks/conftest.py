"""The ratios of a run, in its last lines."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any, config: Any) -> None:
    """Problems a second of the line and of the plain test, and the line over the plain test."""
    rates: dict[str, dict[str, float]] = {}
    for bench in getattr(getattr(config, "_benchmarksession", None), "benchmarks", ()):
        if "problems a second" in bench.extra_info:
            kind = bench.name.split("[")[0].removeprefix("test_")
            rates.setdefault(bench.group, {})[kind] = bench.extra_info["problems a second"]
    if not rates:
        return
    terminalreporter.section("problems a second")
    terminalreporter.write_line(f"{'':24}{'line':>12}{'plain':>12}{'ratio':>9}")
    for group, found in rates.items():
        line, plain = found.get("line"), found.get("plain")
        if line and plain:
            terminalreporter.write_line(
                f"{group:24}{line:12,.0f}{plain:12,.1f}{line / plain:9,.0f}"
            )
