"""All that a comparison of two arms can be asked beyond its first answer, at once."""

from dataclasses import dataclass

from lib.analyses import (
    adjustment,
    centres,
    comparison,
    incidence,
    multiplicity,
    robustness,
    subgroups,
)
from lib.analyses.adjustment import Adjusted
from lib.analyses.centres import Centres
from lib.analyses.comparison import Comparison
from lib.analyses.memory import COMPARED, reads
from lib.analyses.multiplicity import Tally
from lib.analyses.robustness import Robustness, Sensitivity
from lib.analyses.study import Study
from lib.analyses.subgroups import Forest


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """Every further result of two arms, the endpoints in their order and then the rates.

    Attributes
    ----------
    compared : Comparison
    adjusted : tuple of Adjusted
        By endpoint.
    sensitivities : tuple of (code of the endpoint, Sensitivity)
    forests : tuple of Forest
        By endpoint, then by rate.
    centres : tuple of Centres
        By endpoint; empty where there are fewer than two centres.
    robustness : tuple of Robustness
        By endpoint, then by rate.
    tests : Tally
    """

    compared: Comparison
    adjusted: tuple[Adjusted, ...]
    sensitivities: tuple[tuple[str, Sensitivity], ...]
    forests: tuple[Forest, ...]
    centres: tuple[Centres, ...]
    robustness: tuple[Robustness, ...]
    tests: Tally


@reads(*COMPARED, "comparison.covariates", "comparison.resamples")
def of_arms(study: Study) -> Contrasts | None:
    """Ask everything; None where there are no two arms."""
    compared = comparison.of_arms(study)
    if compared is None:
        return None
    endpoints = [contrast.endpoint for contrast in compared.survivals]
    rates = subgroups.rates(study)
    forests = [subgroups.of_endpoint(study, each) for each in endpoints]
    forests += [subgroups.of_rate(study, rate) for rate in rates]
    within = [centres.of_endpoint(study, each) for each in endpoints]
    adjusted = [adjustment.of_endpoint(study, each) for each in endpoints]
    tried = [robustness.of_endpoint(study, each) for each in endpoints]
    tried += [robustness.of_rate(study, rate) for rate in rates]
    there, places = [f for f in forests if f is not None], [c for c in within if c is not None]
    return Contrasts(
        compared,
        tuple(each for each in adjusted if each is not None),
        tuple(
            (each.endpoint.code, robustness.sensitivity(each, study.plan, compared.apart))
            for each in compared.survivals
        ),
        tuple(there),
        tuple(places),
        tuple(each for each in tried if each is not None),
        multiplicity.counted(compared, there, places, incidence.of_arms(study)),
    )
