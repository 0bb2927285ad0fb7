"""What the command line takes for a large registry: python -m benchmarks.command [PATIENTS].

All that `python -m lib` does, reading included, in processor time of its process and its workers.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from sample_data.files import workbook
from sample_data.make_registry import SOURCE, registry

PATIENTS = 5000


def main(patients: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cohort = folder / "registry.xlsx"
        cohort.write_bytes(workbook(registry(patients), SOURCE))
        asked = (sys.executable, "-m", "lib", cohort, "--out", folder / "results")
        subprocess.run(asked, check=True, capture_output=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{patients} patients: {used.ru_utime + used.ru_stime:.1f} s of a processor")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PATIENTS)
