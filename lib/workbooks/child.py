"""The process that reads a workbook: bytes on standard input, sheets on standard output.

A workbook of a few bytes can claim billions of cells, and the memory for them is asked for before
anybody can count them. Here only this process ends, and its exit code says how.
"""

import gc
import pickle
import sys
from types import TracebackType

START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from lib.workbooks.child import main; sys.exit(main(sys.argv[2:]))"
)
"""The whole program, for ``python -c``; its first argument is where its parent imports from."""
ANSWERED = b"sheets:"
"""What an answer begins with, so that no other program's output is taken for one."""
NO_MEMORY, NO_READER = 3, 4
"""Exit codes: there was not enough memory, or what reads workbooks cannot be imported."""
MEMORY = 6 << 30
"""Bytes of address space, where the system can limit it."""


def limit_memory() -> None:
    """Let the system end this process before it takes all the memory there is."""
    try:
        import resource
    except ImportError:  # Windows has no such limit; there the request itself fails
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def main(asked: list[str]) -> int:
    """Read the workbook on standard input, and answer with its sheets or with an exit code."""
    sys.excepthook = _name
    limit_memory()
    gc.disable()  # there is nothing to collect in what lives as long as the process
    try:
        from lib.workbooks import book

        answer = book.sheets(sys.stdin.buffer.read(), book.TRIM in asked)
        sys.stdout.buffer.write(ANSWERED)
        pickle.dump(answer, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
    except ImportError as error:
        print(f"{type(error).__name__}: {error.name}", file=sys.stderr)
        return NO_READER
    except MemoryError:
        return NO_MEMORY
    return 0


def _name(kind: type[BaseException], _error: BaseException, _at: TracebackType | None) -> None:
    """Name an error without its message, which may hold a cell of the file."""
    print(kind.__name__, file=sys.stderr)
