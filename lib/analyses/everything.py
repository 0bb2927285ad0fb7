"""All results of a study in reading order: the one list of what there is to show and to write."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import Concatenate, Generic, ParamSpec, TypeVar, cast

from lib.analyses import (
    adjustment,
    baseline,
    centres,
    comparison,
    duration,
    incidence,
    landmark,
    maturity,
    multiplicity,
    one_sided,
    origins,
    protocol,
    received,
    response,
    robustness,
    sensitivity,
    subgroups,
    survival,
    toxicity,
    transitions,
)
from lib.analyses.adjustment import Adjusted
from lib.analyses.baseline import Baseline
from lib.analyses.centres import Centres
from lib.analyses.comparison import Comparison
from lib.analyses.counted import NotHeld, Population
from lib.analyses.duration import Durations
from lib.analyses.incidence import IncidenceByGroup
from lib.analyses.landmark import Landmark
from lib.analyses.maturity import AtCutOff
from lib.analyses.multiplicity import Tally
from lib.analyses.one_sided import Refused
from lib.analyses.origins import FromOrigin
from lib.analyses.protocol import Emulation
from lib.analyses.provenance import Provenance
from lib.analyses.received import LaterResponses, Overlap, Switch
from lib.analyses.response import ResponseByGroup
from lib.analyses.robustness import HiddenCause, Robustness
from lib.analyses.sensitivity import Sensitivity
from lib.analyses.study import Study
from lib.analyses.subgroups import Forest, Rate
from lib.analyses.survival import SurvivalByGroup
from lib.analyses.toxicity import Toxicity
from lib.analyses.transitions import Transitions
from lib.cohort import Finding
from lib.schema import Endpoint

Result = TypeVar("Result")
Asked = TypeVar("Asked")
Of = ParamSpec("Of")


def _held(
    analysis: Callable[Concatenate[Asked, Of], Result | None],
) -> Callable[Concatenate[Population, Of], Result | None]:
    """An analysis that gives None where the patients cannot tell."""

    def asked(population: Population, /, *of: Of.args, **named: Of.kwargs) -> Result | None:
        try:
            return cast(Callable[..., Result | None], analysis)(population, *of, **named)
        except NotHeld:
            return None

    return asked


def if_held(
    analysis: Callable[Concatenate[Asked, Of], Result | None],
    population: Population,
    *of: Of.args,
    **named: Of.kwargs,
) -> Result | None:
    """What an analysis says; None where the patients cannot tell."""
    return _held(analysis)(population, *of, **named)


class Each(Mapping[str, Result], Generic[Result]):
    """Results of one kind by a stable code, each computed when it is first asked for."""

    def __init__(self, asked: Iterable[tuple[str, Callable[[], Result]]]) -> None:
        self._asked = dict(asked)
        self._known: dict[str, Result] = {}

    def __getitem__(self, code: str) -> Result:
        if code not in self._known:
            self._known[code] = self._asked[code]()
        return self._known[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._asked)

    def __len__(self) -> int:
        return len(self._asked)


class Everything:
    """Every result of a population, in reading order, computed when it is first asked for.

    What is here is in ``results.json`` under the name it has here; None is for what the patients do
    not allow, and for what needs rows where none are held.
    """

    def __init__(self, study: Population) -> None:
        self.study = study

    @cached_property
    def provenance(self) -> Provenance:
        """Where every number comes from."""
        return self.study.provenance

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All that was read otherwise than it stands."""
        return self.study.whole.findings if isinstance(self.study, Study) else ()

    @cached_property
    def baseline(self) -> Baseline:
        """Who the patients are at baseline."""
        return baseline.by_group(self.study)

    @cached_property
    def response(self) -> ResponseByGroup:
        """Response at fixed times and best response."""
        return response.by_group(self.study)

    @cached_property
    def transitions(self) -> Transitions:
        """Response from time to time."""
        return transitions.between_times(self.study)

    @cached_property
    def duration(self) -> Durations | None:
        """How long responses and stable disease lasted, where they are derived."""
        return if_held(duration.of_responses, self.study)

    @cached_property
    def survival(self) -> Each[SurvivalByGroup]:
        """Time to each endpoint, by the endpoint's code."""
        return self._by_endpoint(survival.by_group)

    @cached_property
    def no_curve(self) -> tuple[Refused, ...]:
        """Endpoints of which one outcome alone has times."""
        return if_held(one_sided.refused, self.study) or ()

    @cached_property
    def incidence(self) -> Each[IncidenceByGroup]:
        """Cumulative incidence, by the endpoint's code."""
        return self._by_endpoint(incidence.by_group, incidence.available(self.study))

    @cached_property
    def origins(self) -> Each[tuple[FromOrigin, ...]]:
        """The same survival from each date that the clock may start at, by the endpoint's code."""
        return self._by_endpoint(origins.side_by_side)

    @cached_property
    def matured(self) -> tuple[AtCutOff, ...]:
        """Overall survival as it was known at earlier data cut-offs."""
        return if_held(maturity.matured, self.study) or ()

    @cached_property
    def landmark(self) -> Each[Each[Landmark]]:
        """From the landmark on, by the endpoint's code and what classifies patients."""
        ways = self.study.ways

        def by_way(study: Population, endpoint: Endpoint) -> Each[Landmark]:
            asked = landmark.at_landmark
            return Each((way, partial(asked, study, endpoint, way)) for way in ways)

        return self._by_endpoint(by_way)

    @cached_property
    def protocol(self) -> Emulation | None:
        """The trial that the comparison would have been, and what the cohort has of it."""
        return if_held(protocol.of_arms, self.study)

    @cached_property
    def comparison(self) -> Comparison | None:
        """Two arms side by side."""
        return comparison.of_arms(self.study)

    @cached_property
    def adjusted(self) -> Each[Adjusted | None]:
        """The contrast given the covariates, by the endpoint's code."""
        return self._by_endpoint(_held(adjustment.of_endpoint), self._compared)

    @cached_property
    def hidden_cause(self) -> Each[HiddenCause]:
        """What could explain the hazard ratio away, by the endpoint's code."""
        compared = self.comparison
        if compared is None:
            return Each(())
        asked = robustness.hidden_cause
        return Each(
            (each.endpoint.code, partial(asked, each, self.study.plan, compared.apart))
            for each in compared.survivals
        )

    @cached_property
    def subgroups(self) -> Each[Forest | None]:
        """The contrast in every subgroup, by the code of the endpoint or rate."""
        return self._by_outcome(subgroups.of_endpoint, subgroups.of_rate)

    @cached_property
    def centres(self) -> Each[Centres | None]:
        """The contrast within centres, by the endpoint's code."""
        return self._by_endpoint(centres.of_endpoint, self._compared)

    @cached_property
    def robustness(self) -> Each[Robustness | None]:
        """The contrast under every specification, by the code of the endpoint or rate."""
        return self._by_outcome(_held(robustness.of_endpoint), _held(robustness.of_rate))

    @cached_property
    def sensitivity(self) -> Each[Sensitivity | None]:
        """The contrast under other strategies for what happens later, by the endpoint's code."""
        return self._by_endpoint(_held(sensitivity.of_endpoint), self._compared)

    @cached_property
    def tests(self) -> Tally | None:
        """Every test of the arms: the primary one by itself, the others by Holm's procedure."""
        if self.comparison is None:
            return None
        forests = [each for each in self.subgroups.values() if each]
        return multiplicity.counted(self.comparison, forests, incidence.of_arms(self.study))

    @cached_property
    def toxicity(self) -> Toxicity | None:
        """Complications and early deaths of the two arms."""
        return if_held(toxicity.of_arms, self.study)

    @cached_property
    def overlap(self) -> Overlap | None:
        """Patients by the modality that came first and by all that they received."""
        return received.overlap(self.study)

    @cached_property
    def switches(self) -> Each[Switch | None]:
        """A second modality as of its date, by the endpoint's code."""
        return self._by_endpoint(received.switching)

    @cached_property
    def later(self) -> Each[LaterResponses | None]:
        """Response after the landmark by what was received until then, by the rule's name."""
        asked = received.responses
        rules = received.rules(self.study)
        return Each((rule, partial(asked, self.study, rule)) for rule in rules)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints that some patient has a time for."""
        return survival.timed(self.study)

    @property
    def outcomes(self) -> tuple[Endpoint | Rate, ...]:
        """What two arms are compared by, endpoints first; none without two arms."""
        return (*self._compared, *self._rates)

    @property
    def _rates(self) -> tuple[Rate, ...]:
        return subgroups.rates(self.study) if self.comparison else ()

    @property
    def _compared(self) -> tuple[Endpoint, ...]:
        """The endpoints of which there are two arms."""
        compared = self.comparison
        return tuple(each.endpoint for each in compared.survivals) if compared else ()

    def _by_endpoint(
        self,
        analysis: Callable[[Population, Endpoint], Result],
        endpoints: Iterable[Endpoint] | None = None,
    ) -> Each[Result]:
        several = survival.available(self.study) if endpoints is None else endpoints
        return Each((each.code, partial(analysis, self.study, each)) for each in several)

    def _by_outcome(
        self,
        of_endpoint: Callable[[Population, Endpoint], Result],
        of_rate: Callable[[Population, Rate], Result],
    ) -> Each[Result]:
        return Each(
            [
                *((each.code, partial(of_endpoint, self.study, each)) for each in self._compared),
                *((each.code, partial(of_rate, self.study, each)) for each in self._rates),
            ]
        )
