"""What makes a page smaller: HTML that a browser does not need, and the search for what fits."""

from __future__ import annotations

import pytest

from reports.html import _largest
from reports.shortened import shortened


def test_what_is_left_out_of_html_is_there_to_a_browser() -> None:
    table = (
        '<table>\n  <thead>\n    <tr><th scope="col">a</th></tr>\n  </thead>\n  <tbody>\n'
        '    <tr><td class="n b">1</td><td class="n">2</td></tr>\n  </tbody>\n</table>'
    )
    assert shortened(table) == (
        '<table>\n<thead>\n<tr><th scope=col>a\n<tbody>\n<tr><td class="n b">1<td class=n>2\n'
        "</table>"
    )
    for same in (
        '<pre id="a">\n    x = "y"\n</pre>', '<script type="t" id="d">\n  </td></tr></script>',
        "<td>not the last</td> words", '<p title="a=b &gt; c" id="">="x"</p>', '<path d="M0"/>',
    ):  # fmt: skip
        assert shortened(same) == same
    assert shortened("<ul><li>a</li><li>b</li></ul>") == "<ul><li>a<li>b</ul>"


@pytest.mark.parametrize("fitting", range(7))
def test_the_largest_page_that_fits_is_taken(monkeypatch: pytest.MonkeyPatch, fitting: int) -> None:
    monkeypatch.setattr("reports.html.LARGEST", 10)
    made: list[tuple[float, bool]] = []

    def page(step: tuple[float, bool]) -> str:
        made.append(step)
        return f"{steps.index(step)}" + (" " * 20 if steps.index(step) < fitting else "")

    steps = [(1.0, False), *((1 - i / 10, True) for i in range(6))]
    assert _largest(page, steps).strip() == str(min(fitting, 6))
    assert len(made) <= 4
