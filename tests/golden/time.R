# Makes time.json, golden values for incidence, late entry, landmark and milestones of the sample:
#
#   cd tests/golden && Rscript time.R > time.json
#
# R 4.2 or later with survival, cmprsk and jsonlite. Each entry keeps the expression that made its
# value. Reads the Russian sample by itself, so that it shares nothing with the import it checks.

suppressMessages({library(survival); library(cmprsk)})

raw <- read.csv2("../../sample_data/synthetic_36_ru.csv", fileEncoding = "CP1251",
                 check.names = FALSE, na.strings = "", colClasses = "character")
day <- function(header) as.Date(raw[[header]], "%d.%m.%Y")
hai <- day("Дата первой ХИПА"); tace <- day("Дата первой ХЭПА")
start <- day("Дата первой процедуры"); death <- day("Дата смерти")
progression <- day("Дата прогрессирования"); contact <- day("Дата последнего контакта")
scan <- day("Дата последней оценки")
months <- function(days) as.numeric(days) / 30.4375
arm <- ifelse(is.na(tace) | (!is.na(hai) & hai < tace), "HAI", "TACE")
d <- data.frame(
  arm = factor(arm), os = months(pmin(death, contact, na.rm = TRUE) - start), dead = !is.na(death))
first <- pmin(progression, death, na.rm = TRUE)
d$time <- months(as.Date(ifelse(is.na(first), scan, first), origin = "1970-01-01") - start)
d$cause <- factor(ifelse(is.na(first), 0, ifelse(!is.na(progression) & progression <= first, 1, 2)),
                  0:2, c("censored", "progression", "death"))

entries <- list()
entry <- function(id, expr) {
  code <- paste(trimws(deparse(substitute(expr), width.cutoff = 500)), collapse = " ")
  value <- eval(substitute(expr), parent.frame())
  entries[[length(entries) + 1]] <<- list(id = id, r = code, value = value)
}
at <- function(f, t) {
  s <- summary(f, times = t)
  list(incidence = s$pstate[, 2:3], low = s$lower[, 2:3], high = s$upper[, 2:3])
}
median_of <- function(f) unname(summary(f)$table[c("median", "0.95LCL", "0.95UCL")])

entry("incidence/all", at(survfit(Surv(time, cause) ~ 1, d, id = seq_len(36), conf.type = "log"), c(6, 12, 24)))
entry("incidence/HAI", at(survfit(Surv(time, cause) ~ 1, subset(d, arm == "HAI"), id = seq_len(20), conf.type = "log"), c(6, 12, 24)))
entry("incidence/gray", unname(cuminc(d$time, as.integer(d$cause) - 1, d$arm)$Tests[1, c("stat", "pv", "df")]))
entry("incidence/naive", 1 - summary(survfit(Surv(time, cause == "progression") ~ 1, d), times = c(6, 12, 24))$surv)

# The clock starts at the diagnosis of liver metastases, observation at the first procedure.
d$entry <- months(start - day("Дата выявления метастазов в печени")); d$exit <- d$entry + d$os
from <- function(rows) { s <- sort(rows$exit); enough <- sapply(s, function(t) sum(rows$entry < t & rows$exit >= t)); s[enough >= max(5, 0.1 * nrow(rows))][1] }
entry("origin/start", sapply(list(d, subset(d, arm == "HAI"), subset(d, arm == "TACE")), from))
entry("origin/all", median_of(survfit(Surv(entry, exit, dead) ~ 1, d, conf.type = "log-log", start.time = from(d))))
common <- max(from(subset(d, arm == "HAI")), from(subset(d, arm == "TACE")))
entry("origin/HAI", median_of(survfit(Surv(entry, exit, dead) ~ 1, subset(d, arm == "HAI"), conf.type = "log-log", start.time = common)))
entry("origin/TACE", median_of(survfit(Surv(entry, exit, dead) ~ 1, subset(d, arm == "TACE"), conf.type = "log-log", start.time = common)))
entry("origin/naive", median_of(survfit(Surv(exit, dead) ~ 1, d, conf.type = "log-log")))
entry("origin/hazard_ratio", as.numeric(summary(coxph(Surv(entry, exit, dead) ~ arm, d))$conf.int[1, c(1, 3, 4)]))
entry("origin/log_rank", unname(coxph(Surv(entry, exit, dead) ~ arm, d, ties = "exact")$score))

# The landmark at 6 months, by the modalities seen until then.
seen <- function(date) !is.na(date) & months(date - start) <= 6
d$by <- ifelse(seen(hai) & seen(tace), "BOTH", ifelse(seen(hai), "HAI", "TACE"))
late <- subset(d, os >= 6); late$left <- late$os - 6
entry("landmark/n", as.list(table(late$by)))
entry("landmark/HAI", median_of(survfit(Surv(left, dead) ~ 1, subset(late, by == "HAI"), conf.type = "log-log")))
entry("landmark/TACE", median_of(survfit(Surv(left, dead) ~ 1, subset(late, by == "TACE"), conf.type = "log-log")))
entry("landmark/log_rank", survdiff(Surv(left, dead) ~ by, subset(late, by != "BOTH"))$chisq)

# Survival at 12 months, TACE less HAI, from each curve's log-log limits squared and added.
entry("difference/12", {
  s <- summary(survfit(Surv(os, dead) ~ arm, d, conf.type = "log-log"), times = 12)
  x <- s$surv[2] - s$surv[1]
  c(x, x - sqrt((s$surv[2] - s$lower[2])^2 + (s$upper[1] - s$surv[1])^2), x + sqrt((s$upper[2] - s$surv[2])^2 + (s$surv[1] - s$lower[1])^2))
})

cat(jsonlite::toJSON(entries, digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null"), "\n", sep = "")
