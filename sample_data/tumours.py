"""Target lesions and their response, as the scripts that make the samples know them.

The rules are written here once more, apart from the library's: what a sample records is then a
check of the library, and not its echo.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lesion:
    """A target lesion at baseline."""

    organ: str
    diameter: int

    @property
    def is_node(self) -> bool:
        """Whether its short axis is measured."""
        return self.organ == "lymph node"


def target_response(total: int, baseline: int, nadir: int) -> str:
    """Response of the target lesions by RECIST 1.1; `nadir` includes the baseline."""
    if total - nadir >= 5 and 10 * total >= 12 * nadir:
        return "PD"
    return "PR" if 10 * total <= 7 * baseline else "SD"
