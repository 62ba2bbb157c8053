"""How the C library keeps memory: temporaries of a stack come from the heap, not from the kernel.

glibc maps every block beyond 128 KiB anew and gives it back at once, so that each temporary array
costs a page fault for every 4 KiB: four times the arithmetic itself at a stack of 1,024.
"""

from __future__ import annotations

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # names of mallopt(3)
KEPT = 2**30 - 1  # bytes; blocks beyond are mapped as before


def keep() -> bool:
    """Keep freed memory for the next temporary; False where the C library knows no such thing."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(MMAP_THRESHOLD, KEPT)) and bool(mallopt(TRIM_THRESHOLD, KEPT))
