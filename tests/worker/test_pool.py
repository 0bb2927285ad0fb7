"""Workers as the app has them: one for one file, which ends with it, and one that waits."""

from pathlib import Path

import pandas as pd

from lib import ingest
from lib.plan import Reading
from lib.worker import importing, pool
from lib.worker.process import Worker
from tests.conftest import SAMPLES

DATA = {name: path.read_bytes() for name, path in SAMPLES.items()}


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_worker_reads_what_this_process_reads_and_ends_with_its_file():
    name = SAMPLES["russian"].name
    with pool.opened(name, DATA["russian"]) as file:
        assert isinstance(file, Worker)
        cohort, proposal, kept = file.read(Reading()), file.propose(Reading()), file.kept()
        pid = file._process.pid
        assert lives(pid)
    assert not lives(pid)
    here = ingest.open_file(name, DATA["russian"])
    expected = ingest.read(here)
    pd.testing.assert_frame_equal(cohort.patients, expected.patients)
    assert cohort.findings == expected.findings
    assert proposal.questions == ingest.propose(here).questions
    assert kept.sha256 == here.sha256 and kept.small
    with pool.again(kept) as file:
        assert file.read(Reading()).findings == expected.findings
    large = importing.Kept(kept.sha256, kept.packed, small=False)
    with pool.again(large) as file:
        assert isinstance(file, Worker)
        assert file.read(Reading()).findings == expected.findings
