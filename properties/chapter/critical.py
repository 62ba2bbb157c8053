"""The polynomial of section 4.3: its critical points, proved (references/critical.py)."""

from __future__ import annotations

from references.critical import Critical, critical_points

COEFFICIENTS = (2, -4, -28, 62, 122, -256, -196, 140, 392, 240, 72)  # from the highest on
BECAUSE = (
    "Nine roots of the derivative, five of them real: balls isolate every one, and the sign of the "
    "second derivative is certain at each."
)
ERROR = (
    "The label *global maxima* names a local maximum: a polynomial of even degree with a "
    "positive leading coefficient has no greatest value; 1899.5 is the greatest in the window of "
    "the plot. The minimum on the left lies outside of that window."
)
CURVES = (
    "The plot titled *where second derivative is zero* is of x^2, whose second derivative is 2 "
    "everywhere. Those of -x^4 and x^4 are negative and positive but for x = 0, where both are "
    "zero and the test is silent: 0 is the maximum of one and the minimum of the other."
)


def points() -> list[Critical]:
    """The critical points of the chapter's polynomial, from the left."""
    return critical_points(COEFFICIENTS)
