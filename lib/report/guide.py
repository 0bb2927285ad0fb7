"""The chapters of the user's manual."""

from lib.language import _
from lib.plan import Plan
from lib.text import listed, short


def chapters() -> list[tuple[str, str]]:
    """Titles and words, in reading order; thresholds come from the plan's defaults."""
    return [
        (_("From a spreadsheet to a curve"), _start()),
        (_("Which modality a patient counts as"), _modality()),
        (_("Response at fixed times"), _response()),
        (_("Survival"), _survival()),
        (_("Comparing two arms"), _comparison()),
        (_("Adjusted, subgroups, centres, robustness"), _further()),
        (_("Small numbers"), _small()),
        (_("Limits"), _limits()),
    ]


def columns_words() -> str:
    """What to know before the table of columns."""
    return _(
        "One row a patient, headers in the first row, in English or Russian. None of the columns "
        "is required: a page says which ones would unlock it. A header that is not in the list is "
        "carried along as unknown in time: it neither filters nor groups until you say, under Map, "
        "that it was known before the first procedure. Names, record numbers, birth dates, phones "
        "and addresses are recognised and never kept."
    )


def _start() -> str:
    return _(
        "1. On **Cohort**, drop a workbook (XLSX, XLS, ODS) or a CSV or TSV file, or open a "
        "sample: 36 patients to look around, or a registry of 240, large enough for every analysis "
        "and with a known truth. An empty template with drop-downs waits there too.\n"
        "2. **Map** asks what only you know, and shows what every header and value was read as "
        "and why; each can be changed. Hepar never guesses: a close spelling is only a suggestion. "
        "Headers that you mapped once are mapped so again in the same session, and in any other "
        "with the plan you saved.\n"
        "3. **Check** lists what the import found. Nothing is dropped in silence: a row that "
        "cannot be used is counted, with its reason and its row in your file.\n"
        "4. Go on to **Response**, **Survival** and **Compare**. Filters in the sidebar hold on "
        "all pages; the active filter stands in words under every figure.\n"
        "5. **Download** under a figure gives its numbers, the figure with its caption, and the "
        "format (SVG or PNG) of the camera button."
    )


def _modality() -> str:
    return _(
        "Patients often have both modalities. Whoever received the second had lived long enough to "
        "receive it, so a group *both* looks better than it is. Hepar therefore counts a patient "
        "as the modality of the **first procedure**, which is known at the start. It needs a sheet "
        "of procedures or the dates of the first chemoinfusion and the first chemoembolization. "
        "Without dates the modality is taken as recorded; *both* is then described and left out of "
        "the comparison."
    )


def _response() -> str:
    return _(
        "At each time every patient is in exactly one state: CR, PR, SD, PD, not evaluable, died "
        "before a scan, set aside (recorded in words that could not be read), no scan, or not due "
        "yet. *Not due* is decided by the calendar alone. A PD "
        "at an earlier time stays PD. Rates stand over two denominators side by side: **all "
        "treated** (everybody but the not due) and **evaluable** (CR, PR, SD or PD), with "
        "Clopper-Pearson limits."
    )


def _survival() -> str:
    return _(
        "Kaplan-Meier curves with log-log limits, counted from the first procedure in months of "
        "30.4375 days. Under each tick stand the numbers at risk, censored and with an event. The "
        "median is *not reached* where the curve stays above a half. Median follow-up is by "
        "reverse Kaplan-Meier. Progression-free patients are censored at their last scan, where "
        "the file has it."
    )


def _comparison() -> str:
    return _(
        "The arms at baseline with standardized differences; rates with Newcombe’s limits and "
        "Fisher’s exact test; curves with the difference of restricted mean survival time, the "
        "hazard ratio (Cox, Efron’s ties) and the log-rank test. Mean time and hazard ratio are "
        "always shown together. Where curves cross, hazards are not proportional, the two point "
        "opposite ways, or the arms differ at baseline by more than chance explains, the page says "
        "so; also where the chi-squared test would tell another story than Fisher’s. Under the "
        "hazard ratio stand its E-value (how strong a cause that nobody recorded would have to be "
        "to explain it away) and the smallest ratio that so many events could have shown. The "
        "first answer is unadjusted."
    )


def _further() -> str:
    small, plan = Plan().small, Plan().comparison
    return _(
        "What is folded is computed when it is opened.\n"
        "- **Adjusted** makes the arms alike at baseline in two ways. A Cox model gives the hazard "
        "ratio between two patients alike in the covariates. Overlap weights give the average "
        "difference among patients for whom either modality was a real choice; their limits come "
        "from {draws} samples drawn again, in each of which everything is repeated. The two are on "
        "different scales and need not agree. The covariates are yours to choose among what was "
        "known beforehand; without a choice they come from a fixed list, as many as the smaller "
        "arm allows. Patients with a missing covariate are left out and counted. Both ask for "
        "{arm} patients in the smaller arm, {events} events, and {per_term} patients of the "
        "smaller arm for each term; the model also for {per_event} events a term, the weights for "
        "{effective} effective patients in each arm. Otherwise the page says what is missing.\n"
        "- **Subgroups** shows the contrast in every group of every baseline column. Whether "
        "groups differ is the question of the test of interaction, adjusted by Holm’s procedure, "
        "not of whether one group’s limits leave out no difference.\n"
        "- **Centres** compares only patients of the same centre, shows each centre, and leaves "
        "each out in turn.\n"
        "- **Robustness** repeats the contrast under the other choices that the plan could have "
        "made, and says how many point the same way.\n"
        "- **How many tests this page runs** counts them, with what chance alone would bring."
    ).format(
        draws=plan.resamples,
        arm=small.arm_adjusted,
        events=small.events_adjusted,
        per_term=small.patients_per_term,
        per_event=small.events_per_term,
        effective=short(small.effective_adjusted),
    )


def _small() -> str:
    small = Plan().small
    return _(
        "Groups under {counted} patients are counted only. Groups under {compared} are described, "
        "but not tested. A hazard ratio asks for {events} events in all and {arm_events} in each "
        "arm; under {few} events the log-rank test is repeated by permutation. Curves turn pale "
        "where fewer than {tail} patients, or a tenth, remain at risk."
    ).format(
        counted=small.arm_counted,
        compared=small.arm_compared,
        events=small.events_compared,
        arm_events=small.arm_events_compared,
        few=small.events_few,
        tail=small.tail_fewest,
    )


def _limits() -> str:
    horizons = listed(short(tau) for tau in sorted(Plan().survival.taus))
    return _(
        "Hepar describes cohorts; it is not a medical device and gives no advice on treating a "
        "patient. Its arms were not randomised. Mean survival time is compared up to {horizons} "
        "months, whichever the follow-up of both arms allows, fixed before looking."
    ).format(horizons=horizons)
