"""A function of a module with whatever else of the module it needs, to stand in a script."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

FOREIGN = ("__future__", "references", "properties")


def excerpt(text: str, name: str, other: Callable[[str], str] | None = None) -> str:
    """The statements of a module that `name` needs, in their order; KeyError if it has none such.

    Where it imports from this suite, the statements of that module come first, as `other` reads
    them by its name ("" of a folder); without it what needs them cannot stand alone. Docstrings
    stay.
    """
    lines_of = dict(_statements(text, other, set()))
    body = [*lines_of]
    by_name = {defined: node for node in body for defined in _defined(node)}
    needed, due = set[ast.stmt](), [by_name[name]]
    while due:
        node = due.pop()
        if node not in needed:
            needed.add(node)
            due += [by_name[word] for word in _read(node) if word in by_name]
    pieces = [_lines(node, lines_of[node]) for node in body if node in needed]
    kinds = [isinstance(node, ast.FunctionDef | ast.ClassDef) for node in body if node in needed]
    told = ""
    for i, piece in enumerate(pieces):
        told += ("" if not i else "\n\n\n" if kinds[i] or kinds[i - 1] else "\n") + piece
    return told


def _statements(
    text: str, other: Callable[[str], str] | None, seen: set[str]
) -> Iterator[tuple[ast.stmt, list[str]]]:
    """Each statement of a module with the lines that it is in, those that it imports before it."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if not _foreign(module):
            yield node, lines
        elif other is not None and module not in seen and module.startswith("properties."):
            seen.add(module)
            yield from _statements(other(module), other, seen)


def _foreign(module: str) -> bool:
    return module.partition(".")[0] in FOREIGN


def _defined(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [alias.asname or alias.name for alias in names]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
    return []


def _read(node: ast.stmt) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _lines(node: ast.stmt, lines: list[str]) -> str:
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    return "\n".join(lines[first - 1 : node.end_lineno])
