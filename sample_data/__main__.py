"""Write the samples, and the truth of the registry: python -m sample_data [FOLDER]."""

import json
import sys
from pathlib import Path

from sample_data import make_registry, make_sample
from sample_data.files import publish

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
publish(folder, [*make_sample.samples(), make_registry.sample()])
truth = json.dumps(make_registry.the_truth(), indent=2) + "\n"
(folder / make_registry.TRUTH).write_bytes(truth.encode())
