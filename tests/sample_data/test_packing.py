"""What is packed here unpacks anywhere: zlib and zipfile are the oracle."""

import io
import random
import zipfile
import zlib

from hypothesis import given
from hypothesis import strategies as st

from sample_data.packing import archive, deflated

repetitive = st.text("ab<", max_size=900).map(str.encode)


@given(st.one_of(st.binary(max_size=400), repetitive))
def test_zlib_reads_back_what_was_deflated(data):
    assert zlib.decompress(deflated(data), -15) == data


def test_matches_reach_as_far_and_as_long_as_the_format_allows():
    noise = random.Random(1).randbytes(40_000)
    data = noise[:32_768] + noise[:300] + noise + b"\0" * 1000 + noise[:7]
    assert zlib.decompress(deflated(data), -15) == data


def test_what_repeats_becomes_small():
    assert len(deflated(b'<c r="A1" t="s"><v>1</v></c>' * 1000)) < 1000


def test_zipfile_reads_the_archive():
    files = {"xl/a.xml": b"<a/>" * 99, "empty": b""}
    with zipfile.ZipFile(io.BytesIO(archive(files))) as packed:
        assert packed.testzip() is None
        assert {name: packed.read(name) for name in packed.namelist()} == files
