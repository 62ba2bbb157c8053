"""tf.nn.silu of complex numbers, and its derivative by a tape: rows as those of tf.math."""

from __future__ import annotations

from properties.complex_elementwise import Row, tabled
from properties.math.complex_gradients import RIGHT

ROWS = (
    Row(name="silu", space="nn", domain="sigmoid", bound="3.62 + 2.0**-6", moved="7.5",
        beside="3*(1 + argument)*tiny/(eps*max(size, tiny))",
        because="z times the sigmoid, with the limit of math.sigmoid, and a product of complex "
        "numbers, off by sqrt(5)/2 eps; a sigmoid may underflow before it is multiplied by z"),
)  # fmt: skip
SLOPES = (
    Row(name="silu", space="nn", domain="sigmoid", bound="0.5 + 2.0**-4", moved="7.8",
        parts=(RIGHT,), either=True, beside="4*(1 + argument)*tiny/(eps*max(size, tiny))",
        because="s + z s t of the sigmoids of z and -z, each with the limit of math.sigmoid; two "
        "products, off by sqrt(5)/2 eps each, and a sum that rounds, of terms that may cancel; s "
        "may underflow before it is multiplied by z t"),
)  # fmt: skip

globals().update(tabled(ROWS))
globals().update({f"{name}_slope": made for name, made in tabled(SLOPES, gradient=True).items()})
