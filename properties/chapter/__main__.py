"""`python -m properties.chapter`: write docs/chapter.md and its drawings.

TensorFlow is asked in a child process, as always.
"""

from __future__ import annotations

from pathlib import Path

from properties.chapter.ask import answers
from properties.chapter.figures import CAPTIONS, drawn
from properties.chapter.page import page
from properties.environment import WHEELS, versions
from properties.workers import Worker

DOCS = Path(__file__).parent.parent.parent / "docs"


def main() -> None:
    """Ask, draw, write."""
    worker, installed = Worker(), versions()
    wheel = next(name for name in WHEELS if name in installed)
    try:
        text = page(lambda item: list(answers(item, worker)), installed[wheel])
    finally:
        worker.stop()
    (DOCS / "chapter").mkdir(exist_ok=True)
    for name in CAPTIONS:
        (DOCS / "chapter" / f"{name}.svg").write_text(drawn(name), encoding="utf-8")
    (DOCS / "chapter.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
