"""The program of a worker: requests on standard input, answers on standard output.

It imports all there is to import, reads a small table, says that it is ready, and waits for one
file. It ends when its input does; where it ends before, its exit code says why.
"""

import gc
import os
import pickle
import sys
from math import ceil
from types import TracebackType
from typing import IO, Any

START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    f" from {__name__} import main; sys.exit(main())"
)
"""The whole program, for ``python -c``; its first argument is where its parent imports from."""
READY = b"hepar:"  # what is said first, so that no other program's output is taken for an answer
NO_MEMORY, NO_READER = 3, 4
"""Exit codes: there was not enough memory, or what reads files cannot be imported."""
SECONDS = 60
"""Of a processor, for the whole import of a file, where the system can limit it: a machine that
is busy with others is no reason to refuse a file."""
MEMORY = 1 << 30
"""Bytes that a file may take beyond what the imports take, where the system can limit it."""
NICE = 10  # how much a worker goes behind the server, which answers all others meanwhile


def main() -> int:
    """Serve what is asked about one file; the exit code."""
    sys.excepthook = _name
    if sys.platform != "win32":
        os.nice(NICE)
    try:
        from lib.worker.importing import Here, rehearse

        rehearse()
        _settle()
        with os.fdopen(os.dup(1), "wb") as answers:
            os.dup2(2, 1)  # a library that prints must not be taken for an answer
            answers.write(READY)
            answers.flush()
            _serve(Here, sys.stdin.buffer, answers)
    except ImportError as error:
        print(f"{type(error).__name__}: {error.name}", file=sys.stderr)
        return NO_READER
    except MemoryError:
        return NO_MEMORY
    return 0


def _settle() -> None:
    """Keep what is imported out of every count: of memory, and of garbage."""
    gc.disable()  # there is nothing to collect in what lives as long as the process
    limit_memory()
    limit_time()


def limit_time() -> None:
    """Let the system end what computes beyond the limit, where it can."""
    if not sys.platform.startswith("linux"):
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    most = ceil(used.ru_utime + used.ru_stime) + SECONDS
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def limit_memory() -> None:
    """Let the system refuse memory beyond the limit, where it can.

    What is counted is what can be written to: NumPy and Arrow reserve more addresses than they use.
    """
    if not sys.platform.startswith("linux"):
        return
    import resource

    with open("/proc/self/statm", encoding="ascii") as said:
        used = int(said.read().split()[5]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = used + MEMORY
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _serve(importer: Any, asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer one request after the other, about one file."""
    from lib.cohort import CohortError
    from lib.faults import DescribedError, described

    file: Any = importer
    while True:
        try:
            what, given = pickle.load(asked)
        except EOFError:
            return
        answer: Any
        try:
            answer = getattr(file, what)(*given)
            if isinstance(answer, importer):
                file, answer = answer, None
        except CohortError as refused:
            answer = refused
        except (MemoryError, ImportError):
            raise
        except Exception as error:
            answer = DescribedError(described(error))
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


def _name(kind: type[BaseException], _error: BaseException, _at: TracebackType | None) -> None:
    """Name an error without its message, which may hold a cell of the file."""
    print(kind.__name__, file=sys.stderr)
