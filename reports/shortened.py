"""HTML without what every browser adds by itself: a tenth of a page of many tables.

End tags and quotes that the HTML standard lets be left out, and indentation. Scripts, styles,
drawings and preformatted text are left as they are.
"""

from __future__ import annotations

import re

KEPT = re.compile(r"(<(script|style|pre|svg)\b.*?</\2>)", re.DOTALL)
# Each where the standard allows it: before what cannot be inside it, or the end of its parent.
OPTIONAL = re.compile(
    r"</(?:td|th)>(?=\s*<(?:td|th|/?tr|/thead|/tbody)\b)"
    r"|</tr>(?=\s*<(?:tr|/thead|/tbody|/table)\b)"
    r"|</thead>(?=\s*<tbody\b)|</tbody>(?=\s*</table\b)"
    r"|</li>(?=\s*<(?:li|/ul)\b)|</dt>(?=\s*<dd\b)|</dd>(?=\s*<(?:dt|/div|/dl)\b)"
)
TAG = re.compile(r"<[a-z][^<>]*>")
QUOTED = re.compile(r'="([\w.#+-]+)"(?=[\s>])', re.ASCII)
INDENTED = re.compile(r"\n\s+")


def shortened(page: str) -> str:
    """The same page, to a browser. Texts and values of attributes must be escaped."""
    pieces = KEPT.split(page)
    for i in range(0, len(pieces), 3):  # text, what is kept, and the name of its element
        text = INDENTED.sub("\n", OPTIONAL.sub("", pieces[i]))
        pieces[i] = TAG.sub(lambda tag: QUOTED.sub(r"=\1", tag[0]), text)
    return "".join(piece for i, piece in enumerate(pieces) if i % 3 != 2)
