"""The import of one file: what is asked of it, by whichever process it is done."""

import pickle
import zlib
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from lib import ingest
from lib.cohort import Cohort
from lib.ingest import File, Proposal
from lib.plan import Reading

_REHEARSED = b"""patient_id,modality,age,sex,first_procedure_date,os_months,os_event
A-1,HAI,61,F,2020-01-31,12.5,1
A-2,TACE,58,M,2020-02-29,7.5,0
"""
SMALL = 1 << 19
"""Bytes of a pickled `File` below which an answer takes less time than starting a worker does."""


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What a session keeps of a file between two readings of it; nobody is named in it."""

    sha256: str  # digest of the file's bytes, which are not kept
    packed: bytes  # the opened `File`
    small: bool  # whether reading it again takes less time than starting a worker does


class Import(Protocol):
    """A file that is open for a while: see the functions of the same names in `lib.ingest`."""

    def followed(self, complete: Reading, chosen: Reading) -> Reading | None:
        """What was chosen for one file, for this one; None where a header is missing."""

    def propose(self, chosen: Reading) -> Proposal:
        """Propose how to read the file."""

    def read(self, reading: Reading) -> Cohort:
        """Read a cohort from the file."""

    def kept(self) -> Future[Kept]:
        """What a session keeps, to open the same file again; the last that is asked for.

        It is packed while the visitor has their first page already.
        """


class Here:
    """An import in the process that asks for it: in the worker, or where there can be none."""

    def __init__(self, file: File) -> None:
        self._file = file

    @classmethod
    def opened(cls, name: str, data: bytes, reading: Reading | None, trim: bool) -> "Here":
        """Open a file by its bytes."""
        return cls(ingest.open_file(name, data, reading, trim))

    @classmethod
    def again(cls, packed: bytes) -> "Here":
        """Open a file that was `kept`."""
        return cls(pickle.loads(zlib.decompress(packed)))

    def followed(self, complete: Reading, chosen: Reading) -> Reading | None:
        """See `Import`."""
        return ingest.followed(self._file, complete, chosen)

    def propose(self, chosen: Reading) -> Proposal:
        """See `Import`."""
        return ingest.propose(self._file, chosen)

    def read(self, reading: Reading) -> Cohort:
        """See `Import`."""
        return ingest.read(self._file, reading)

    def kept(self) -> Future[Kept]:
        """See `Import`."""
        found: Future[Kept] = Future()
        found.set_result(self.packed())
        return found

    def packed(self) -> Kept:
        """What a session keeps."""
        whole = pickle.dumps(self._file, pickle.HIGHEST_PROTOCOL)
        return Kept(self._file.sha256, zlib.compress(whole, 1), len(whole) <= SMALL)


class Known:
    """A file as it was read before any choice; it is opened again only where a choice was made."""

    def __init__(self, file: Import) -> None:
        self._kept = file.kept()
        self._read = pickle.dumps(file.read(Reading()), pickle.HIGHEST_PROTOCOL)
        self._proposed = pickle.dumps(file.propose(Reading()), pickle.HIGHEST_PROTOCOL)

    def _again(self) -> Here:
        return Here.again(self._kept.result().packed)

    def followed(self, complete: Reading, chosen: Reading) -> Reading | None:
        """See `Import`."""
        return self._again().followed(complete, chosen)

    def propose(self, chosen: Reading) -> Proposal:
        """See `Import`."""
        if chosen != Reading():
            return self._again().propose(chosen)
        proposed: Proposal = pickle.loads(self._proposed)
        return proposed

    def read(self, reading: Reading) -> Cohort:
        """See `Import`."""
        if reading != Reading():
            return self._again().read(reading)
        cohort: Cohort = pickle.loads(self._read)  # its own for each, with what is counted of it
        return cohort

    def kept(self) -> Future[Kept]:
        """See `Import`."""
        return self._kept


def rehearse() -> None:
    """Read a small table, so that nothing is done for the first time while somebody waits."""
    file = Here.opened("a.csv", _REHEARSED, None, trim=False)
    file.read(Reading())
    file.propose(Reading())
    file.packed()
