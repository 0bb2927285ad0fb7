"""How fast the statistics are beside their peers: python -m benchmarks.statistics.

Peers are timed where they are installed (benchmarks/requirements.txt), R where Rscript is found.
All run in turn, one round after another, so that a busy moment of the machine hits all alike.
Printed are the medians of the rounds, ratios (peer over Hepar: above 1 Hepar is faster), what
each answered, and the peak memory that a contender needed beyond the data, in a process of its own.
"""

import argparse
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from lib.statistics import cox, survival
from lib.statistics.life_table import TimeToEvent, count

SIZES = (36, 10_000, 1_000_000, 10_000_000)
ROUNDS = {36: 101, 10_000: 31, 1_000_000: 5, 10_000_000: 3}
PATIENCE = 60.0  # seconds: a call expected to take longer is left out
TASKS = {
    "km": "Kaplan-Meier with log-log limits, median with limits",
    "logrank": "Log-rank test of two groups",
    "cox": "Cox hazard ratio of two groups, Efron's ties",
}
KINDS = {"rounded": "times rounded to 0.1 month", "continuous": "continuous times"}


def data(n, kind):
    """Two groups with exponential times, about 60% events."""
    random = np.random.default_rng(2026)
    group = random.integers(0, 2, n).astype(np.int8)
    times = random.exponential(20 - 3 * group)
    censoring = random.exponential(30, n)
    event = (times <= censoring).astype(np.int8)
    times = np.minimum(np.minimum(times, censoring), 59.9)
    return (np.round(times, 1) if kind == "rounded" else times), event, group


# --- Contenders: each task takes (time, event, group) and gives numbers to compare -------------


def hepar_km(t, e, g):
    median = survival.kaplan_meier(count(TimeToEvent(t, e))).median()
    return median.value, median.low, median.high


def hepar_logrank(t, e, g):
    return (survival.log_rank(count(TimeToEvent(t, e), g, ("a", "b"))).statistic,)


def hepar_cox(t, e, g):
    """With robust and profile limits and the test of proportional hazards besides."""
    return (cox.hazard_ratio(count(TimeToEvent(t, e), g, ("a", "b")), "a", "b").log_ratio,)


def hepar():
    return {"km": hepar_km, "logrank": hepar_logrank, "cox": hepar_cox}


def lifelines():
    import pandas as pd
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test
    from lifelines.utils import median_survival_times

    def km(t, e, g):
        fit = KaplanMeierFitter().fit(t, e)
        limits = median_survival_times(fit.confidence_interval_).to_numpy()[0]
        return fit.median_survival_time_, *limits

    def logrank(t, e, g):
        return (logrank_test(t[g == 0], t[g == 1], e[g == 0], e[g == 1]).test_statistic,)

    def cox_(t, e, g):
        frame = pd.DataFrame({"t": t, "e": e, "g": g})
        return (CoxPHFitter().fit(frame, "t", "e").params_["g"],)

    return {"km": km, "logrank": logrank, "cox": cox_}


def scikit_survival():
    from sksurv.compare import compare_survival
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.nonparametric import kaplan_meier_estimator
    from sksurv.util import Surv

    def km(t, e, g):
        times, curve, limits = kaplan_meier_estimator(e.astype(bool), t, conf_type="log-log")
        return tuple(
            times[np.argmax(line <= 0.5)] if (line <= 0.5).any() else np.nan
            for line in (curve, limits[0], limits[1])
        )

    def logrank(t, e, g):
        return (compare_survival(Surv.from_arrays(e.astype(bool), t), g)[0],)

    def cox_(t, e, g):  # gives no standard error
        model = CoxPHSurvivalAnalysis(ties="efron")
        return (model.fit(g[:, None].astype(float), Surv.from_arrays(e.astype(bool), t)).coef_[0],)

    return {"km": km, "logrank": logrank, "cox": cox_}


def statsmodels():
    from statsmodels.duration.hazard_regression import PHReg
    from statsmodels.duration.survfunc import SurvfuncRight, survdiff

    def km(t, e, g):  # no limits of the curve, only of the median
        fit = SurvfuncRight(t, e)
        return fit.quantile(0.5), *fit.quantile_ci(0.5, method="cloglog")

    def logrank(t, e, g):
        return (survdiff(t, e, g)[0],)

    def cox_(t, e, g):
        return (PHReg(t, g[:, None].astype(float), e, ties="efron").fit().params[0],)

    return {"km": km, "logrank": logrank, "cox": cox_}


def scipy():
    from scipy import stats

    def km(t, e, g):
        curve = stats.ecdf(stats.CensoredData.right_censored(t, e == 0)).sf
        limits = curve.confidence_interval(method="log-log")
        return tuple(
            part.quantiles[np.argmax(part.probabilities <= 0.5)]
            if (part.probabilities <= 0.5).any()
            else np.nan
            for part in (curve, limits.low, limits.high)
        )

    def logrank(t, e, g):  # overflows without a word in large samples
        arms = [stats.CensoredData.right_censored(t[g == k], e[g == k] == 0) for k in (0, 1)]
        return (stats.logrank(*arms).statistic ** 2,)

    return {"km": km, "logrank": logrank}


def rust():
    from survival import quantile  # noqa: F401  (the package has to be there whole)
    from survival.regression import coxph_fit
    from survival.surv_analysis import survdiff, survfitkm

    def km(t, e, g):
        fit = survfitkm(t, e.astype(float), conf_type="log-log")
        times = np.asarray(fit.time)
        curves = (np.asarray(part) for part in (fit.surv, fit.lower, fit.upper))
        return tuple(times[np.argmax(c < 0.5)] if (c < 0.5).any() else np.nan for c in curves)

    def logrank(t, e, g):
        return (survdiff(t, e.astype(float), g.astype(np.int32)).chisq,)

    def cox_(t, e, g):
        x = g.astype(float)[:, None]
        return (coxph_fit(t, e.astype(float), x).coefficients[0],)

    return {"km": km, "logrank": logrank, "cox": cox_}


def rust_bare():
    from survival.regression import coxph_fit_raw

    def cox_(t, e, g):  # nothing but the coefficient and its error
        x = g.astype(float)[:, None]
        return (coxph_fit_raw(t, e.astype(float), x, resid=False).coefficients[0],)

    return {"cox": cox_}


def hepar_bare():
    def cox_(t, e, g):  # nothing but the ratio and its limits
        table = count(TimeToEvent(t, e), g, ("a", "b"))
        return (np.log(cox.ratio(table, "a", "b").value),)

    return {"cox": cox_}


PACKAGES = {
    "hepar": (hepar, "numpy"),
    "hepar, bare": (hepar_bare, "numpy"),
    "lifelines": (lifelines, "lifelines"),
    "scikit-survival": (scikit_survival, "scikit-survival"),
    "statsmodels": (statsmodels, "statsmodels"),
    "scipy": (scipy, "scipy"),
    "survival (Rust)": (rust, "survival"),
    "survival, bare": (rust_bare, "survival"),
}

R_SCRIPT = """
suppressMessages(library(survival))
a <- commandArgs(TRUE); n <- as.integer(a[2]); rounds <- as.integer(a[4])
f <- file(a[1], "rb"); t <- readBin(f, "double", n)
e <- readBin(f, "integer", n, size = 1); g <- readBin(f, "integer", n, size = 1)
km <- function() {
  fit <- survfit(Surv(t, e) ~ 1, conf.type = "log-log")
  survival:::survmean(fit, 1, "none")$matrix[c("median", "0.95LCL", "0.95UCL")]
}
task <- switch(a[3], km = km,
  logrank = function() survdiff(Surv(t, e) ~ g)$chisq,
  cox = function() coef(coxph(Surv(t, e) ~ g, ties = "efron")))
often <- if (n < 1000) 100 else 1
spent <- replicate(rounds, {
  start <- proc.time()[[3]]; for (i in 1:often) x <<- task(); (proc.time()[[3]] - start) / often
})
cat(median(spent), x, "\\n")
"""


def contenders(chosen):
    """Those chosen and installed, by name."""
    found = {}
    for name, (make, package) in PACKAGES.items():
        if name != "hepar" and name not in chosen:
            continue
        try:
            found[name] = make()
            version = importlib.metadata.version(package)
        except ImportError:
            print(f"  {name}: not installed, left out")
            continue
        print(f"  {name}: {'with numpy ' if name == 'hepar' else ''}{version}")
    return found


def timed(task, columns):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        answer = task(*columns)
        return time.perf_counter() - start, answer


def in_turn(tasks, columns, rounds, expected):
    """Median seconds and answer of each contender, all taking turns."""
    seconds = {name: [] for name in tasks if expected.get(name, 0) < PATIENCE}
    answers = {}
    for _ in range(rounds):
        for name in list(seconds):
            if seconds[name] and min(seconds[name]) > PATIENCE / rounds:
                continue
            spent, answers[name] = timed(tasks[name], columns)
            seconds[name].append(spent)
    return {name: float(np.median(spent)) for name, spent in seconds.items()}, answers


def r_seconds(task, columns, rounds):
    """Median seconds and answer of R, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        script, binary = Path(folder, "run.R"), Path(folder, "data")
        script.write_text(R_SCRIPT)
        binary.write_bytes(b"".join(column.tobytes() for column in columns))
        command = ["Rscript", script, binary, str(len(columns[0])), task, str(rounds)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    spent, *answer = done.stdout.split()
    return float(spent), tuple(float(part) for part in answer if part != "NA")


def peak(name, task, n, kind):
    """MB that a contender needs beyond the data, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.statistics", "--peak", name, task, str(n), kind]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else np.nan


def print_peak(name, task, n, kind):
    run = PACKAGES[name][0]()[task]
    timed(run, data(36, kind))
    columns = data(n, kind)
    # The high-water mark of the process, reset after the data are there.
    Path("/proc/self/clear_refs").write_text("5")
    before = resident()
    timed(run, columns)
    print(resident() - before)


def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def compare(sizes, kinds, chosen_tasks, chosen, memory):
    found = contenders(chosen)
    with_r = "R" in chosen and shutil.which("Rscript") is not None
    print(f"  R: {'found' if with_r else 'left out'}")
    for kind in kinds:
        for task in chosen_tasks:
            print(f"\n{TASKS[task]}; {KINDS[kind]}")
            tasks = {name: made[task] for name, made in found.items() if task in made}
            expected = {}
            for n in sizes:
                columns = data(n, kind)
                seconds, answers = in_turn(tasks, columns, ROUNDS[n], expected)
                if with_r:
                    seconds["R"], answers["R"] = r_seconds(task, columns, min(ROUNDS[n], 5))
                later = sizes[min(sizes.index(n) + 1, len(sizes) - 1)]
                expected = {name: spent * later / n for name, spent in seconds.items()}
                expected |= {name: np.inf for name in tasks if name not in seconds}
                show(n, seconds, answers)
                if memory and n == max(sizes):
                    used = {name: peak(name, task, n, kind) for name in seconds if name != "R"}
                    print("      peak MB  " + ", ".join(f"{k} {v:.0f}" for k, v in used.items()))


def show(n, seconds, answers):
    ours = seconds["hepar"]
    print(f"  n = {n:.0e}: hepar {ours * 1e3:.3g} ms " + str(rounded(answers["hepar"])))
    for name, spent in sorted(seconds.items(), key=lambda item: item[1]):
        if name != "hepar":
            print(f"      {spent / ours:8.1f} x  {name:<16} {rounded(answers[name])}")


def rounded(answer):
    return tuple(float(f"{part:.8g}") for part in answer)


def page(repeats=201):
    """All that a survival page of 36 patients in two groups asks for."""
    t, e, g = data(36, "rounded")

    def whole():
        table = count(TimeToEvent(t, e), g, ("a", "b"))
        for name in table.groups:
            own = table.group(name)
            curve = survival.kaplan_meier(own)
            curve.median()
            for months in (6, 12, 24):
                curve.at(months)
            curve.counts_at([0, 6, 12, 18, 24])
            survival.follow_up(own)
            survival.nelson_aalen(own)
        survival.rmst_difference(table, "a", "b", 12)
        survival.log_rank(table)
        cox.hazard_ratio(table, "a", "b")

    spent = float(np.median([timed(lambda: whole(), ())[0] for _ in range(repeats)]))
    print(f"\nA whole survival page, 36 rows: {spent * 1e3:.2f} ms (goal 2 ms)")


def linear():
    """Cost of counting and of everything else, by rows."""
    print("\nRounded times: the count grows with rows, what is asked of it does not")
    for n in SIZES[1:]:
        t, e, g = data(n, "rounded")
        spent, table = timed(lambda *c: count(TimeToEvent(c[0], c[1]), c[2], ("a", "b")), (t, e, g))

        def ask(table):
            survival.kaplan_meier(table.group("a")).median()
            survival.log_rank(table)
            cox.hazard_ratio(table, "a", "b")

        asked = np.median([timed(ask, (table,))[0] for _ in range(9)])
        print(f"  n = {n:.0e}: count {spent * 1e3:.2f} ms, then all of it {asked * 1e3:.2f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=float, nargs="+", default=list(SIZES))
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    everybody = [*PACKAGES, "R"]
    parser.add_argument("--peers", nargs="+", default=everybody, choices=everybody)
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--peak", nargs=4, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.peak:
        name, task, n, kind = chosen.peak
        print_peak(name, task, int(n), kind)
        return
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.processor()}")
    page()
    linear()
    print("\nContenders")
    sizes = [int(n) for n in chosen.sizes]
    compare(sizes, chosen.kinds, chosen.tasks, chosen.peers, not chosen.no_memory)


if __name__ == "__main__":
    main()
