"""The chapters of the user's manual."""

from lib.analyses.toxicity import EARLY
from lib.exhibits import comparison
from lib.language import _
from lib.plan import Plan
from lib.text import short


def chapters() -> list[tuple[str, str]]:
    """Titles and words, in reading order; thresholds come from the plan's defaults."""
    return [
        (_("From a spreadsheet to a curve"), _start()),
        (_("Which modality a patient counts as"), _modality()),
        (_("Response at fixed times"), _response()),
        (_("Response derived from measurements"), _derived()),
        (_("Survival"), _survival()),
        (_("Progression while others die"), _incidence()),
        (_("Clock, data cut-off and censoring"), _clock()),
        (_("After the landmark"), _landmark()),
        (_("Each patient’s course"), _patients()),
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
        "and addresses are recognised and never kept; inside a text they are replaced by [removed]."
    )


def _start() -> str:
    return _(
        "1. On **Cohort**, drop a workbook (XLSX, XLS, ODS), a CSV or TSV file, or one of SPSS or "
        "Stata, or open a sample: 36 patients to look around, or a registry of 240, large enough "
        "for every analysis and with a known truth. An empty template with drop-downs waits there "
        "too.\n"
        "2. **Map** asks what only you know, and shows what every header and value was read as "
        "and why; each can be changed. Hepar never guesses: a close spelling is only a suggestion. "
        "Headers that you mapped once are mapped so again in the same session, and in any other "
        "with the plan you saved, next month’s file too; Map takes it back. A plan counts what was "
        "known by its day: where the file goes on, the Cohort page offers to count to its end.\n"
        "3. **Check** lists what the import found. Nothing is dropped in silence: a row that "
        "cannot be used is counted, with its reason and its row in your file. A patient may have "
        "several rows or sheets: the code tells whose they are, else a record number, else the "
        "name, and only a running number of it stays.\n"
        "4. Go on to **Response**, **Survival**, **Patients** and **Compare**. Filters in the "
        "sidebar hold on all pages; the active filter stands in words under every figure.\n"
        "5. **Download** under a figure gives its numbers, the figure with its caption, and the "
        "format (SVG or PNG) of the camera button. From a dark page the camera’s image is dark; "
        "the HTML is always for white paper."
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
        "at an earlier time stays PD. CR, PR or SD recorded for a time more than {window} days "
        "after death is not counted, and is an error among the findings; for a time so long after "
        "the last contact of somebody alive it is kept, and is a warning. Both go by the time to "
        "death, from dates or from months. Rates stand over two denominators side by side: **all "
        "treated** (everybody but the not due) and **evaluable** (CR, PR, SD, Non-CR/Non-PD or "
        "PD), with Clopper-Pearson limits. Bands from bar to bar show how many went from each "
        "state to each other; every bar is all patients."
    ).format(window=Plan().response.window_days)


def _derived() -> str:
    chosen = Plan().response
    return _(
        "Where a file has the sheet *lesions*, or *assessments* with sums of diameters, responses "
        "and dates of progression are derived by RECIST 1.1, and what was typed is set against "
        "them. On **Response** you choose the derived or the recorded ones, the profile (anything "
        "but RECIST 1.1 is called a modification wherever it is used), whether CR and PR need a "
        "confirmation, the times, and under *How responses are derived* the windows: an "
        "assessment counts for a time if it is at most {window} days away, the later of two "
        "equally near; CR and PR are confirmed "
        "{confirm} days later or more, SD counts as best response from day {sd} on. That fold also "
        "has sentences for a methods section. *Recorded against derived*, at the foot of the page, "
        "lists each disagreement with its reason. A time near which nobody measured keeps what was "
        "recorded. Best response stands confirmed and unconfirmed side by side; one assessment "
        "alone is never called a best response. A target lesion that is seen again is PD after an "
        "overall CR, elsewhere by the sum alone. Duration of response is a curve of the "
        "responders, from the first CR or PR to progression or death, never by arm."
    ).format(window=chosen.window_days, confirm=chosen.confirm_days, sd=chosen.sd_days)


def _survival() -> str:
    return _(
        "Kaplan-Meier curves with log-log limits, counted from the first procedure in months of "
        "30.4375 days. Under each tick stand the numbers at risk, censored and with an event. The "
        "median is *not reached* where the curve stays above a half. Median follow-up is by "
        "reverse Kaplan-Meier. Progression-free patients are censored at their last scan, where "
        "the file has it."
    )


def _patients() -> str:
    study = Plan().study
    return _(
        "**Best change** has a bar for each patient’s lowest sum of target diameters up to "
        "progression. Its height cannot show a new lesion or growth over the nadir, so symbols at "
        "the bars’ ends say how progression was seen, and a best response of PD is hatched; the "
        "lines at −30 % and +20 % are guides. **Change over time** has a line, and **Course in "
        "time** a lane, for each patient; lanes need no more than dates in the patients’ sheet. "
        "Whoever cannot be drawn is counted under the figure with the reason.\n\n"
        "Select a patient in a figure, in the list or in the box under them: the course follows, "
        "with every assessment’s sum, response and reason, what ended each endpoint, and the rows "
        "of your file. Patients’ codes appear on this page and in its downloads alone.\n\n"
        "**Who is overdue** lists patients alive without an assessment for more than {scan} "
        "months, unless they have progressed, or without contact for more than {seen}, counted to "
        "the as-of date of the plan and never to today. Patients recorded as lost are listed apart."
    ).format(scan=short(study.assessed_every), seen=short(study.seen_every))


def _incidence() -> str:
    return _(
        "Whoever dies first cannot progress any more. *Time to progression*, *time to progression "
        "in the liver* and *what came first* are therefore shown as cumulative incidence "
        "(Aalen-Johansen): the share of all patients with the event by a time. One less "
        "Kaplan-Meier would be too high and is never given as a risk. The shares of all causes and "
        "of those with none of them add up to 1. On one day progression counts before death, and "
        "the liver before elsewhere; progression of which nobody says where it was counts in the "
        "liver, with its number. Progression-free survival in the liver ignores progression "
        "elsewhere and says how often that came first."
    )


def _clock() -> str:
    months = short(2 * Plan().study.assessed_every)
    return _(
        "Time counts from the **first procedure**. It can start at the diagnosis of the primary "
        "tumour or of metastases, or at the end of systemic therapy, where the file has the date; "
        "patients then enter at the first procedure (late entry), since whoever died before it is "
        "not in the file. The curve begins where enough are at risk, and holds for those who "
        "lived to that time. An earlier **data cut-off** leaves out what happened later, on all "
        "pages. By choice, progression or death after more than {months} months without a scan "
        "(two missed) is censored at the last scan. *How follow-up ended* counts the reasons. "
        "Without a date of the next therapy, patients cannot be censored at it."
    ).format(months=months)


def _landmark() -> str:
    return _(
        "Response, a second modality and further procedures are only reached by those who live "
        "long enough. They are therefore compared **from a landmark on** ({months} months, or 1 to "
        "12): those still at risk then, by what was seen until then, with the clock started anew. "
        "Whoever died or was last seen before is counted, not shown. The grey figure shows what "
        "the same groups look like by what happened ever, and is wrong."
    ).format(months=short(Plan().survival.landmark))


def _comparison() -> str:
    return _(
        "The arms at baseline with standardized differences; rates with Newcombe’s limits and "
        "Fisher’s exact test; curves with the difference of restricted mean survival time, the "
        "hazard ratio (Cox, Efron’s ties) and the log-rank test. Mean time and hazard ratio are "
        "always shown together. Where curves cross, hazards are not proportional, the two point "
        "opposite ways, or the arms differ at baseline by more than chance explains, the page says "
        "so; also where the chi-squared test would tell another story than Fisher’s. Where the "
        "arms have no centre, level or range of something in common, the difference is *complete*: "
        "that stands above all else, nothing is adjusted and no E-value given. Under the "
        "hazard ratio stand its E-value (how strong a cause that nobody recorded would have to be "
        "to explain it away; none where its limits hold 1) and the smallest ratio that so many "
        "events could have shown. Where limits and the test beside them disagree on whether no "
        "difference is left out, the sentence says so and claims neither. *What these numbers "
        "mean* has a sentence for each. The first answer is unadjusted."
    )


def _further() -> str:
    small, plan = Plan().small, Plan().comparison
    return _(
        "What is folded is computed when it is opened.\n"
        "- **Adjusted** compares the arms given some covariates, in two ways. A Cox model gives "
        "the hazard ratio between two patients alike in the covariates. Overlap weights give the "
        "average difference among patients for whom either modality was a real choice; their "
        "limits come from {draws} samples drawn again, in each of which everything is repeated. "
        "The two are on different scales and need not agree. The covariates are yours to choose "
        "among what was known beforehand; without a choice they come from a fixed list, as many "
        "as the smaller arm allows. Patients with a missing covariate are left out and counted. "
        "Both ask for {arm} patients in the smaller arm, {events} events, and {per_term} patients "
        "of the smaller arm for each term; the model also for {per_event} events a term, the "
        "weights for {effective} effective patients in each arm. Otherwise the page says what is "
        "missing.\n"
        "- **Subgroups** shows the contrast in every group of every baseline column. Whether "
        "groups differ is the question of the test of interaction, adjusted by Holm’s procedure, "
        "not of whether one group’s limits leave out no difference.\n"
        "- **Centres** compares only patients of the same centre, shows each centre, and leaves "
        "each out in turn.\n"
        "- **Robustness** repeats the contrast under the other choices that the plan could have "
        "made, and says how far the results spread and how many leave out no difference. A "
        "modality as recorded that knows who "
        "received both in the end is no such choice, and is not tried.\n"
        "- **What came first in each arm** stacks progression in the liver, outside it and death "
        "without progression to 1.\n"
        "- **Complications and early deaths** counts each procedure once, by what was done, and "
        "each patient once on each scale, by the worst grade; scales are never converted. Every "
        "event counts, those of the post-embolization syndrome too, with a second line without "
        "them. What happens counts for an arm until another modality begins; what came after "
        "stands apart, and the whole history beside it. Deaths count within {early} days of a "
        "procedure.\n"
        "- **Everything received** counts who had one modality and who had both, and looks at them "
        "only from a landmark on: by one modality or both, ever or never, the most frequent, or "
        "their order. A second modality counts from its date on.\n"
        "- **How many tests this page runs** counts them, with what chance alone would bring."
    ).format(
        early=EARLY,
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
        "arm; under {few} events its limits are by profile likelihood, and the log-rank test is "
        "repeated by permutation. Curves turn pale where fewer than {tail} patients, or a tenth, "
        "remain at risk."
    ).format(
        counted=small.arm_counted,
        compared=small.arm_compared,
        events=small.events_compared,
        arm_events=small.arm_events_compared,
        few=small.events_few,
        tail=small.tail_fewest,
    )


def _limits() -> str:
    reached = comparison.horizon(Plan().survival.taus)
    return _(
        "Hepar describes cohorts; it is not a medical device and gives no advice on treating a "
        "patient. Its arms were not randomised. Mean survival time is compared up to {horizon}, "
        "unless the plan names one."
    ).format(horizon=reached)
