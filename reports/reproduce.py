"""A finding as a script that needs TensorFlow and NumPy only."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from pprint import pformat

from reports.cases import array_of, share, written_of
from reports.excerpt import excerpt
from reports.figures import number_text, share_text
from reports.plain import RunError, printable, read_text
from reports.record import Finding

ROOT = Path(__file__).parent.parent
DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
PRECISION = {
    "bfloat16": 8, "float16": 11, "float32": 24, "float64": 53, "complex64": 24, "complex128": 53,
}  # fmt: skip
IMPORTED = ("import numpy as np", "import tensorflow as tf")  # by the script already
MODES = {
    "eager": "return call(*tensors)",
    "graph": "return tf.function(call, autograph=False)(*tensors)",
    "xla": "return tf.function(call, autograph=False, jit_compile=True)(*tensors)",
}


def reproduction(finding: Finding, root: Path = ROOT) -> str:
    """A Python script that sets TensorFlow this one input and prints got, true and the error.

    Where the call is `module:function`, the script holds the text of that module, found below
    `root`. RunError where the finding cannot be told as a script: a rival's mode, a dtype or a
    call that is none.
    """
    cell = finding.cell
    if cell.dtype not in PRECISION or cell.mode not in MODES:
        raise RunError(f"{cell.dtype} under {cell.mode} is nothing that a script can set")
    if not finding.inputs:
        raise RunError("its input is too long for a script: the recipe makes it, see --replay")
    source, name = _call(finding, root)
    title = f"{cell.routine} ({cell.dtype}, {cell.mode}) breaks its claim {cell.claim!r}."
    told = f"{number_text(finding.error)} eps, bound {number_text(finding.bound)} eps"
    told = f"{told}, share {share_text(share(finding))}"
    return SCRIPT.format(
        title=_docstring(title),
        source=source,
        dtype=cell.dtype,
        bits=PRECISION[cell.dtype],
        inputs=_literal([_exact(part) for part in finding.inputs]),
        arguments=_literal(dict(finding.arguments)),
        true=_literal([written_of(part) for part in finding.true]),
        name=name,
        execute=MODES[cell.mode],
        recorded=_literal(f"{told}; answered: {finding.outcome}"),
        because=_literal(printable(f"bound {finding.formula}: {finding.because}", 2000)),
    )


def _call(finding: Finding, root: Path) -> tuple[str, str]:
    """The source to put into the script, and the name that it then calls."""
    call = finding.call
    module, colon, name = call.partition(":")
    if not all(DOTTED.fullmatch(part) for part in ((module, name) if colon else (module,))):
        raise RunError(f"{call!r} is neither a name below tf nor module:function")
    if not colon:
        return "", f"tf.{module}"
    if not module.startswith("properties."):
        raise RunError(f"{call!r} is no function of this suite")
    text = _text(module, root)
    if "tree" not in finding.arguments:
        part = _excerpt(text, name, root)
        return f"\n\n# The call, as the suite makes it ({module}).\n{part}\n\n", name
    if not finding.source:
        raise RunError(f"this finding holds no source of the function that {name} differentiates")
    given = FUNCTION.format(source=_literal(finding.source))
    return (
        f"{given}\n\n# The derivatives, as the suite asks for them ({module}).\n{_body(text)}",
        name,
    )


def standing(finding: Finding, root: Path = ROOT) -> tuple[str, str]:
    """The least source that a script of this finding needs, and the name it calls. RunError."""
    source, name = _call(finding, root)
    if "tree" not in finding.arguments:
        return source, name
    module = finding.call.partition(":")[0]
    given = FUNCTION.format(source=_literal(finding.source))
    return f"{given}\n\n\n{_excerpt(_text(module, root), name, root)}", name


def _text(module: str, root: Path) -> str:
    return read_text(root.joinpath(*module.split(".")).with_suffix(".py"), "module")


def _excerpt(text: str, name: str, root: Path) -> str:
    def other(module: str) -> str:
        folder = root.joinpath(*module.split(".")).is_dir()
        return "" if folder else _text(module, root)

    try:
        lines = excerpt(text, name, other).splitlines()
        return "\n".join(line for line in lines if line not in IMPORTED)
    except (KeyError, SyntaxError):
        raise RunError(f"no function {name} that could stand in a script") from None


def _body(text: str) -> str:
    """A module without its docstring and without imports of this suite, to stand in a script."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        origin = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if docstring or origin.partition(".")[0] in ("__future__", "references", "properties"):
            for i in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[i] = ""
    return "\n".join(lines).strip("\n")


def _exact(part: object) -> tuple[tuple[int, ...], tuple[str, ...]]:
    array_of(part)
    return written_of(part)


def _literal(value: object) -> str:
    """Python's own spelling, wrapped to the width of a page."""
    return pformat(value, width=96, compact=True, sort_dicts=False)


def _docstring(text: str) -> str:
    return printable(text).replace("\\", "/").replace('"', "'")


FUNCTION = """

Tree = tuple


def source(tree):
    return {source}"""

SCRIPT = '''\
"""{title}

Needs TensorFlow and NumPy only. Numbers are exact: hexadecimal floats in, 20 true digits out.
"""

from __future__ import annotations

from fractions import Fraction
from math import inf, nan  # arguments may name them

import numpy as np
import tensorflow as tf{source}

DTYPE = tf.{dtype}
EPS = Fraction(1, 2 ** ({bits} - 1))  # the spacing at 1
INPUTS = {inputs}
ARGUMENTS = {arguments}
TRUE = {true}
RECORDED = {recorded}
BECAUSE = {because}


def tensor(shape, texts):
    """One input, exact in its dtype, as a stack of one."""
    pairs = [[float.fromhex(side) for side in text.split(" ")] for text in texts]
    numbers = np.array([complex(*pair) if DTYPE.is_complex else pair[0] for pair in pairs])
    return tf.cast(tf.constant(np.resize(numbers, (1, *shape))), DTYPE)  # one number may repeat


def call(*tensors):
    return {name}(*tensors, **ARGUMENTS)


def execute(*tensors):
    {execute}


def sides(number):
    """What a number is made of, as texts: itself, or real and imaginary part."""
    return [repr(x) for x in ([number.real, number.imag] if DTYPE.is_complex else [number])]


def rational(text):
    """The number that a text spells in decimal or hexadecimal; None if it is not finite."""
    try:
        return Fraction(float.fromhex(text)) if "0x" in text else Fraction(text)
    except (OverflowError, ValueError):
        return None


def compare(part, got, texts):
    """Print entries beside their true values, a hundred at most, then the largest error."""
    texts = texts if len(texts) > 1 else texts * len(got)
    print(f"part {{part}}: got, true")
    for number, text in list(zip(got, texts))[:100]:
        print(f"  {{number!r:>26}}  {{text}}")
    pairs = [
        (rational(side), rational(true))
        for number, text in zip(got, texts)
        for side, true in zip(sides(number), text.split(" "))
    ]
    if not pairs or any(None in pair for pair in pairs):
        print("  not all of this is finite")
        return
    error = max(abs(number - true) for number, true in pairs)
    scale = max(abs(true) for _, true in pairs) or 1
    print(f"  largest error: {{float(error / scale / EPS):.6g}} eps of the largest true number")


print("TensorFlow", tf.__version__)
try:
    answer = execute(*(tensor(*part) for part in INPUTS))
except Exception as error:
    print(f"raised {{type(error).__name__}}: {{error}}")
    answer = ()
parts = answer if isinstance(answer, (tuple, list)) else (answer,)
for i, (part, (_, texts)) in enumerate(zip(parts, TRUE)):
    wide = part if part.dtype.is_complex else tf.cast(part, tf.float64)
    compare(i, wide.numpy().ravel().tolist(), texts)
print("recorded by the claim's own measure:", RECORDED)
print(BECAUSE)
'''
