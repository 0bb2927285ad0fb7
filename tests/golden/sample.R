# Makes sample.json again, values of the sample: cd tests/golden && Rscript sample.R > sample.json
# Reads the Russian sample by itself, so that it shares nothing with the import that it checks.
library(survival)
library(jsonlite)

raw <- read.csv2("../../sample_data/synthetic_36_ru.csv", fileEncoding = "CP1251",
                 check.names = FALSE, na.strings = "", colClasses = "character")
day <- function(header) as.Date(raw[[header]], "%d.%m.%Y")
hai <- day("Дата первой ХИПА"); tace <- day("Дата первой ХЭПА")
modality <- ifelse(is.na(tace) | (!is.na(hai) & hai < tace), "HAI", "TACE")
start <- day("Дата первой процедуры"); death <- day("Дата смерти")
progression <- day("Дата прогрессирования"); contact <- day("Дата последнего контакта")
scan <- day("Дата последней оценки")
months <- function(end) as.numeric(end - start) / 30.4375
first <- pmin(progression, death, na.rm = TRUE)
d <- data.frame(
  modality, six = raw[["Ответ через 6 мес"]], twelve = raw[["Ответ через 12 мес"]],
  os = months(pmin(death, contact, na.rm = TRUE)), dead = !is.na(death),
  pfs = months(as.Date(ifelse(is.na(first), scan, first), origin = "1970-01-01")), event = !is.na(first))

km <- function(rows, time = "os", event = "dead")
  survfit(Surv(rows[[time]], rows[[event]]) ~ 1, conf.type = "log-log")
median_of <- function(fit) unname(quantile(fit, 0.5)) |> unlist() |> unname()
at <- function(fit, t) { s <- summary(fit, times = t); c(s$surv, s$lower, s$upper) }
rate <- function(rows, letters) {
  k <- sum(rows$six %in% letters); n <- nrow(rows)
  list(k = k, n = n, limits = as.numeric(binom.test(k, n)$conf.int))
}
objective <- "частичный ответ"; stable <- "стабилизация"
described <- function(rows) list(
  n = nrow(rows), deaths = sum(rows$dead),
  ORR_6 = rate(rows, objective), DCR_6 = rate(rows, c(objective, stable)),
  OS_median = median_of(km(rows)), OS_12 = at(km(rows), 12),
  PFS_median = median_of(km(rows, "pfs", "event")), PFS_6 = at(km(rows, "pfs", "event"), 6))

d$arm <- relevel(factor(d$modality), ref = "HAI")
test <- survdiff(Surv(os, dead) ~ arm, data = d)
cox <- summary(coxph(Surv(os, dead) ~ arm, data = d, ties = "efron"))
write_json(list(
  R = R.version.string, survival = as.character(packageVersion("survival")),
  letters_6 = as.list(table(d$six)), letters_12 = as.list(table(d$twelve)),
  all = described(d),
  HAI = described(subset(d, modality == "HAI")),
  TACE = described(subset(d, modality == "TACE")),
  log_rank = c(test$chisq, test$pvalue),
  hazard_ratio = as.numeric(cox$conf.int[1, c(1, 3, 4)])
), stdout(), digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null")
