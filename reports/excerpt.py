"""A function of a module with whatever else of the module it needs, to stand in a script."""

from __future__ import annotations

import ast

FOREIGN = ("__future__", "references", "properties")


def excerpt(text: str, name: str) -> str:
    """The statements of a module that `name` needs, in their order; KeyError if it has none such.

    Imports of this suite are left out: what needs one of those cannot stand alone. Docstrings stay.
    """
    body = [node for node in ast.parse(text).body if not _foreign(node)]
    by_name = {defined: node for node in body for defined in _defined(node)}
    needed, due = set[ast.stmt](), [by_name[name]]
    while due:
        node = due.pop()
        if node not in needed:
            needed.add(node)
            due += [by_name[word] for word in _read(node) if word in by_name]
    lines = text.splitlines()
    pieces = [_lines(node, lines) for node in body if node in needed]
    kinds = [isinstance(node, ast.FunctionDef | ast.ClassDef) for node in body if node in needed]
    told = ""
    for i, piece in enumerate(pieces):
        told += ("" if not i else "\n\n\n" if kinds[i] or kinds[i - 1] else "\n") + piece
    return told


def _foreign(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in FOREIGN


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
