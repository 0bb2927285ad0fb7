"""Streamlit, with a thread that writes down what of the visitors' cohorts is alive in the server.

python -m tests.browser.counted COUNTS run app.py
"""

import gc
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from streamlit.runtime import Runtime
from streamlit.web.cli import main

from lib.cohort import Cohort
from lib.ingest import File, Proposal
from lib.worker.importing import Kept


def counted() -> Counter[str]:
    """How many there are of each; nothing is collected for it."""
    kinds = (Cohort, File, Kept, Proposal)
    alive = Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds))
    if Runtime.exists():
        store = Runtime.instance().uploaded_file_mgr.file_storage
        alive["upload"] = sum(map(len, store.values()))
    return +alive


def answer(path: Path) -> None:
    """Write the counts each time that the file is taken away: while nothing else runs."""
    while True:
        if not path.exists():
            written = path.with_suffix(".new")
            written.write_text(repr(dict(counted())), encoding="utf-8")
            written.replace(path)
        time.sleep(0.1)


if __name__ == "__main__":
    counts = Path(sys.argv.pop(1))
    counts.touch()
    threading.Thread(target=answer, args=(counts,), daemon=True).start()
    main()
