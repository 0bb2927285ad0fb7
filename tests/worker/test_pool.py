"""Workers as the app has them: one for one file, which ends with it, and one that waits."""

import os
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import pandas as pd
import pytest

from lib import ingest
from lib.cohort import CohortError
from lib.faults import DescribedError, described
from lib.plan import LEFT_OUT, Reading
from lib.worker import child, importing, pool, process
from lib.worker.process import Worker, nobody
from tests.conftest import SAMPLES

DATA = {name: path.read_bytes() for name, path in SAMPLES.items()}


PLACES = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
RUN = (
    "import lib.worker.importing as w; w.rehearse = dict; "  # what fails here is to fail later
    "from lib.worker.child import main; sys.exit(main())"
)


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def ends(pid: int) -> bool:
    """Whether it ends within a minute."""
    deadline = time.monotonic() + 60
    while lives(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not lives(pid)


def test_a_sample_is_read_for_the_first_visitor_alone_and_each_has_a_cohort_of_their_own(
    monkeypatch,
):
    monkeypatch.setattr(pool, "_KNOWN", {})
    place, started, here = SAMPLES["russian"], [], importing.Here.opened
    monkeypatch.setattr(pool.Here, "opened", lambda *a, **k: started.append(1) or here(*a, **k))
    found = []
    for _visitor in range(2):
        with pool.opened_sample(place) as file:
            found.append((file.read(Reading()), file.propose(Reading()), file.kept().result(60)))
    assert started == [1]
    (one, proposal, kept), (other, again, _kept) = found
    assert one is not other
    pd.testing.assert_frame_equal(one.patients, other.patients)
    expected = ingest.open_file(place.name, DATA["russian"])
    pd.testing.assert_frame_equal(other.patients, ingest.read(expected).patients)
    assert proposal.questions == again.questions == ingest.propose(expected).questions
    left_out = proposal.mapped(proposal.columns[-1], LEFT_OUT)
    with pool.opened_sample(place) as file:
        assert file.read(left_out).reading == ingest.read(expected, left_out).reading
        assert file.propose(left_out).chosen == left_out
    assert kept.sha256 == expected.sha256


def test_a_worker_reads_what_this_process_reads_and_ends_with_its_file():
    name = SAMPLES["russian"].name
    with pool.opened(name, DATA["russian"]) as file:
        assert isinstance(file, Worker)
        cohort, proposal, packed = file.read(Reading()), file.propose(Reading()), file.kept()
        pid = file._process.pid
        assert lives(pid)
    kept = packed.result(60)
    assert ends(pid)
    here = ingest.open_file(name, DATA["russian"])
    expected = ingest.read(here)
    pd.testing.assert_frame_equal(cohort.patients, expected.patients)
    assert cohort.findings == expected.findings
    assert proposal.questions == ingest.propose(here).questions
    assert kept.sha256 == here.sha256 and kept.small
    with pool.again(packed) as file:
        assert file.read(Reading()).findings == expected.findings
    large = Future()
    large.set_result(importing.Kept(kept.sha256, kept.packed, small=False))
    with pool.again(large) as file:
        assert isinstance(file, Worker)
        assert file.read(Reading()).findings == expected.findings


PACKING = "import os, time; import lib.worker.importing as i; packed = i.Here.packed; "


def test_nobody_waits_until_what_is_kept_is_packed(monkeypatch):
    """The worker keeps its place until then, and nothing of it is lost."""
    slow = "i.Here.packed = lambda file: time.sleep(1) or packed(file); "
    monkeypatch.setattr(child, "START", PLACES + PACKING + slow + RUN)
    own = pool._Pool(1)
    monkeypatch.setattr(pool, "_POOL", own)
    with pool.opened("a.csv", DATA["russian"]) as file:
        kept = file.kept()
    assert not kept.done() and not own._turns.acquire(blocking=False)
    assert kept.result(60).sha256 == ingest.open_file("a.csv", DATA["russian"]).sha256
    assert own._turns.acquire(timeout=60)


def test_who_comes_back_is_told_why_nothing_could_be_kept(monkeypatch):
    gone = "i.Here.packed = lambda file: os._exit(1); "
    monkeypatch.setattr(child, "START", PLACES + PACKING + gone + RUN)
    with pool.opened("a.csv", DATA["russian"]) as file:
        kept = file.kept()
    with pytest.raises(CohortError), pool.again(kept):
        raise AssertionError


class Fake:
    """A worker that only notes how many there are at once."""

    alive, most, is_to_pack = 0, 0, False

    def __init__(self):
        Fake.alive += 1
        Fake.most = max(Fake.most, Fake.alive)

    def opened(self, *_given, **_more):
        time.sleep(0.02)

    def lives(self):
        return True

    def end(self):
        Fake.alive -= 1


def test_no_more_are_at_work_than_the_machine_bears_and_who_waits_is_told(monkeypatch):
    monkeypatch.setattr(pool, "Worker", Fake)
    monkeypatch.setattr(pool, "ASKED_EVERY", 0.005)
    monkeypatch.setattr(pool, "_POOL", pool._Pool(2))
    told = []

    def read():
        with pool.opened("a.csv", b"", waits=lambda queued: told.append(queued)):
            pass

    visitors = [threading.Thread(target=read) for _ in range(8)]
    for each in visitors:
        each.start()
    for each in visitors:
        each.join()
    assert (Fake.most, Fake.alive) == (2, 0)
    assert set(told) == {True}


def waits(own):
    """The worker that waits, once it does."""
    deadline = time.monotonic() + 30
    while own._spare is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return own._spare


def test_one_waits_and_is_nobody_elses(monkeypatch):
    """What is taken is never put back, also where its use fails."""
    monkeypatch.setattr(pool, "Worker", Fake)
    monkeypatch.setattr(pool, "_WHILE", 0.01)
    own = pool._Pool(1)
    own.warm()
    waiting = waits(own)
    with pytest.raises(ZeroDivisionError), own.worker(nobody) as taken:
        assert taken is waiting
        assert own._spare is not waiting
        raise ZeroDivisionError
    assert own._spare is not waiting
    own.close()
    assert Fake.alive == 0


def test_another_waits_in_a_while_unless_the_pool_is_closed(monkeypatch):
    monkeypatch.setattr(pool, "Worker", Fake)
    monkeypatch.setattr(pool, "_WHILE", 0.01)
    own = pool._Pool(1)
    own.warm()
    first = waits(own)
    with own.worker(nobody) as taken:
        assert taken is first
        assert own._spare is None, "what it imports would hold the file that is read"
    assert waits(own) not in (None, first)
    monkeypatch.setattr(pool, "_WHILE", 0.2)
    with own.worker(nobody):
        pass
    own.close()
    time.sleep(0.5)
    assert (own._spare, Fake.alive) == (None, 0)


def test_who_gives_up_waiting_takes_no_place(monkeypatch):
    monkeypatch.setattr(pool, "Worker", Fake)
    monkeypatch.setattr(pool, "ASKED_EVERY", 0.005)
    own = pool._Pool(1)

    def gone(_queued):
        raise InterruptedError

    with own.turn(nobody), pytest.raises(InterruptedError), own.turn(gone):
        raise AssertionError
    with own.turn(gone):
        pass


def test_nothing_is_read_on_for_who_is_gone(monkeypatch):
    """A worker that would take long is ended as soon as it is known, and its place is free."""
    monkeypatch.setattr(process, "ASKED_EVERY", 0.05)
    forever = "import time; import lib.ingest as i; i.open_file = lambda *a: time.sleep(600); "
    monkeypatch.setattr(child, "START", PLACES + forever + RUN)
    monkeypatch.setattr(pool, "_POOL", own := pool._Pool(1))
    started, asked = [], []

    class Noted(Worker):
        def __init__(self):
            super().__init__()
            started.append(self._process)

    def gone(queued):
        asked.append(queued)
        if len(asked) > 2:
            raise InterruptedError

    monkeypatch.setattr(pool, "Worker", Noted)
    with pytest.raises(InterruptedError), pool.opened("a.csv", b"x", waits=gone):
        raise AssertionError
    assert asked == [False] * 3
    assert [each.poll() for each in started] == [-9]
    with own.turn(gone):
        pass


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="priorities are not to be asked for")
def test_a_worker_goes_behind_the_server():
    with pool.opened(SAMPLES["russian"].name, DATA["russian"]) as file:
        behind = os.getpriority(os.PRIO_PROCESS, file._process.pid)
    assert behind == min(os.getpriority(os.PRIO_PROCESS, 0) + child.NICE, 19)


HUNGRY = "a.csv", b"patient_id,modality\n" + b"P,HAI\n" * 200_000


def test_memory_is_limited_and_an_error_of_ours_comes_without_data(monkeypatch):
    """In a real worker: one that may take 1 MB, and one that fails over what stands in a cell."""
    monkeypatch.setattr(
        child, "START", PLACES + "import lib.worker.child as c; c.MEMORY = 1 << 20; " + RUN
    )
    with pytest.raises(CohortError) as refused:
        pool.read_cohort(*HUNGRY)
    assert refused.value.message == process.NO_MEMORY
    fails = PLACES + "import lib.ingest as i; i.open_file = lambda *a: int('Ivanova'); "
    monkeypatch.setattr(child, "START", fails + RUN)
    with pytest.raises(DescribedError) as failed:
        pool.read_cohort(*HUNGRY)
    assert described(failed.value).startswith("ValueError at lib/worker/importing.py")
    assert "Ivanova" not in described(failed.value)
