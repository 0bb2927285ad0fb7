# Makes more.json, the golden values that reference.json lacks:
#
#   cd tests/golden && Rscript more.R > more.json
#
# R 4.2 or later with survival, cmprsk and jsonlite. Each entry keeps the expression that
# made its value. Tests read the JSON; they need no R.

suppressMessages({library(survival); library(cmprsk)})

entries <- list()
entry <- function(id, expr) {
  code <- paste(trimws(deparse(substitute(expr), width.cutoff = 500)), collapse = " ")
  value <- eval(substitute(expr), parent.frame())
  entries[[length(entries) + 1]] <<- list(id = id, r = code, value = value)
}
curve <- function(f) as.list(summary(f, censored = TRUE))[c("time", "n.risk", "surv", "std.err", "lower", "upper")]
model <- function(f) list(coef = unname(coef(f)), se = unname(sqrt(diag(if (is.null(f$naive.var)) f$var else f$naive.var))),
                          robust = if (is.null(f$naive.var)) NULL else unname(sqrt(diag(f$var))), loglik = f$loglik)
zph <- function(f) unname(cox.zph(f, terms = FALSE)$table[, "chisq"])

exact <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
lung <- read.csv("data/lung.csv"); lung$dead <- lung$status == 2
veteran <- read.csv("data/veteran_cr.csv")
ovarian <- read.csv("data/ovarian_w.csv")

# Left truncation: patients of the lung study seen only from a time that depends on their age.
lung$entry <- pmax(0, lung$age * 3 - 150)
late <- subset(lung, entry < time); late$row <- seq_len(nrow(late))
entry("late/km", curve(survfit(Surv(entry, time, dead) ~ 1, late, conf.type = "log-log", start.time = 26)))
entry("late/cox", model(coxph(Surv(entry, time, dead) ~ factor(sex), late, control = exact)))
entry("late/cox_breslow", model(coxph(Surv(entry, time, dead) ~ factor(sex), late, ties = "breslow", control = exact)))
entry("late/logrank", coxph(Surv(entry, time, dead) ~ factor(sex), late, ties = "exact")$score)
entry("late/coxmulti", model(coxph(Surv(entry, time, dead) ~ age + sex + ph.karno, late, id = row, robust = TRUE, control = exact)))
entry("late/coxmulti_strata", model(coxph(Surv(entry, time, dead) ~ age + sex + strata(ph.ecog), late, id = row, robust = TRUE, control = exact)))
entry("late/zph", zph(coxph(Surv(entry, time, dead) ~ factor(sex), late, control = exact)))

# Landmark at 90 days.
entry("landmark/km", curve(survfit(Surv(time - 90, dead) ~ 1, subset(lung, time >= 90), conf.type = "log-log")))
entry("landmark/logrank", survdiff(Surv(time - 90, dead) ~ sex, subset(lung, time >= 90))$chisq)

# Data cut-off at 300 days.
entry("cutoff/km", curve(survfit(Surv(pmin(time, 300), dead & time <= 300) ~ 1, lung, conf.type = "log-log")))

# Difference of survival at a year, from each curve's own log-log limits, squared and added.
entry("difference_at/365", {
  s <- summary(survfit(Surv(time, dead) ~ sex, lung, conf.type = "log-log"), times = 365)
  d <- s$surv[2] - s$surv[1]
  c(d, d - sqrt((s$surv[2] - s$lower[2])^2 + (s$upper[1] - s$surv[1])^2), d + sqrt((s$upper[2] - s$surv[2])^2 + (s$surv[1] - s$lower[1])^2))
})

veteran$cell <- factor(veteran$celltype, c("squamous", "smallcell", "adeno", "large"))

# Exact permutation of log-rank scores, martingale residuals of the model without covariates.
few <- data.frame(time = c(1, 2, 2, 4, 5, 6, 7, 9, 9, 12, 13, 15), event = c(1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1), group = c(0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 0, 1))
entry("permutation/exact", {
  score <- residuals(coxph(Surv(time, event) ~ 1, few, ties = "breslow"), "martingale")
  every <- apply(combn(12, 6), 2, function(i) abs(sum(score[i])))
  mean(every >= abs(sum(score[few$group == 1])) - 1e-9)
})

# Weighted cumulative incidence, and restricted mean by its influence; Gray's test of four groups, and stratified.
veteran$w <- 0.5 + (veteran$age %% 7) / 4
entry("cif/weighted", {
  f <- survfit(Surv(time, factor(cause, 0:2)) ~ 1, veteran, weights = w, id = seq_len(nrow(veteran)), conf.type = "log")
  s <- summary(f, times = c(10, 30, 60, 90, 180, 365))
  list(pstate = s$pstate[, 2:3], std.err = s$std.err[, 2:3], lower = s$lower[, 2:3], upper = s$upper[, 2:3])
})
entry("gray/cell", cuminc(veteran$time, veteran$cause, veteran$cell, cencode = 0)$Tests)
entry("gray/strata", cuminc(veteran$time, veteran$cause, veteran$trt, strata = veteran$prior, cencode = 0)$Tests)
first <- subset(ovarian, rx == 1); first$id <- seq_len(nrow(first))
entry("rmst/weighted", {
  f <- survfit(Surv(futime, fustat) ~ 1, first, weights = w, id = id, robust = TRUE)
  c(summary(f, rmean = 700)$table["rmean"], sqrt(sum((first$w * residuals(f, times = 700, type = "rmst"))^2)))
})

# Weighted Cox: strata, and the test of proportional hazards.
entry("cox/weighted_strata", model(coxph(Surv(time, status) ~ trt + karno + strata(celltype), veteran, weights = w, robust = TRUE, control = exact)))
entry("cox/weighted_zph", zph(coxph(Surv(futime, fustat) ~ factor(rx), ovarian, weights = w, robust = TRUE, control = exact)))
entry("cox/weighted_zph_multi", zph(coxph(Surv(time, status) ~ trt + karno + age, veteran, weights = w, robust = TRUE, control = exact)))

# Standardized differences, from their definitions.
entry("balance/age", with(veteran, (mean(age[trt == 2]) - mean(age[trt == 1])) / sqrt((var(age[trt == 2]) + var(age[trt == 1])) / 2)))
entry("balance/prior", { p <- tapply(veteran$prior == 10, veteran$trt, mean); unname((p[2] - p[1]) / sqrt(sum(p * (1 - p)) / 2)) })
entry("balance/cell", {
  p <- prop.table(table(veteran$trt, veteran$cell), 1)[, -1]
  s <- Reduce(`+`, lapply(1:2, function(i) diag(p[i, ]) - p[i, ] %o% p[i, ])) / 2
  d <- p[2, ] - p[1, ]; c(sqrt(d %*% solve(s) %*% d))
})
entry("balance/weighted", with(veteran, {
  v <- sapply(1:2, function(g) cov.wt(cbind(age[trt == g]), w[trt == g] / sum(w[trt == g]))$cov)
  m <- sapply(1:2, function(g) weighted.mean(age[trt == g], w[trt == g])); (m[2] - m[1]) / sqrt(mean(v))
}))

# Propensity, overlap weights and what follows.
ps <- glm(trt == 2 ~ age + karno + cell + prior, binomial, veteran, control = glm.control(epsilon = 1e-14, maxit = 100))
veteran$o <- ifelse(veteran$trt == 2, 1 - fitted(ps), fitted(ps))
entry("overlap/propensity", list(coef = unname(coef(ps)), fitted = unname(fitted(ps))))
entry("overlap/effective", unname(tapply(veteran$o, veteran$trt, sum)^2 / tapply(veteran$o^2, veteran$trt, sum)))
entry("overlap/km", curve(survfit(Surv(time, status) ~ 1, subset(veteran, trt == 2), weights = o, id = seq_len(68), robust = TRUE, conf.type = "log-log")))
entry("overlap/cox", model(coxph(Surv(time, status) ~ factor(trt), veteran, weights = o, robust = TRUE, control = exact)))

# The same with errors that know that the propensity is estimated: influences of survfit and coxph
# with weights as they are, and for the coefficients numerical derivatives.
X <- model.matrix(ps); second <- veteran$trt == 2; tau <- 120
weigh <- function(b) { e <- plogis(drop(X %*% b)); ifelse(second, 1 - e, e) }
fitted_km <- function(g, ow) survfit(Surv(time, status) ~ 1, veteran[veteran$trt == g, ], weights = ow[veteran$trt == g], id = which(veteran$trt == g), robust = TRUE, influence = 1)
area <- function(s, t) { k <- t < tau; sum(diff(c(0, t[k], tau)) * c(1, s[k])) }
rest <- function(w) { f <- lapply(1:2, function(g) fitted_km(g, w)); area(f[[2]]$surv, f[[2]]$time) - area(f[[1]]$surv, f[[1]]$time) }
slope <- function(f, b = coef(ps)) sapply(seq_along(b), function(j) { h <- 1e-5 * max(1, abs(b[j])); u <- b; u[j] <- b[j] + h; d <- b; d[j] <- b[j] - h; (f(weigh(u)) - f(weigh(d))) / (2 * h) })
moved <- ((second - fitted(ps)) * X) %*% vcov(ps)  # of each patient, on the coefficients
factor <- nrow(X) / (nrow(X) - ncol(X))
stacked <- function(own, by) sqrt(factor * sum((own + drop(moved %*% by))^2))
entry("overlap/mean_time", {
  w <- weigh(coef(ps)); own <- numeric(nrow(veteran))
  for (g in 1:2) { f <- fitted_km(g, w); i <- f$influence.surv; own[second == (g == 2)] <- (2 * g - 3) * apply(i, 1, function(r) area(1 + r, f$time) - tau) }
  list(value = rest(w), known = sqrt(sum(own^2)), error = stacked(own, slope(rest)))
})
entry("overlap/curve_error", {
  w <- weigh(coef(ps)); f <- fitted_km(2, w); at <- findInterval(tau, f$time); own <- numeric(nrow(veteran)); own[second] <- f$influence.surv[, at]
  list(value = f$surv[at], known = sqrt(sum(own^2)), error = stacked(own, slope(function(w) { f <- fitted_km(2, w); f$surv[at] })))
})
entry("overlap/ratio_error", {
  cox <- function(ow) coxph(Surv(time, status) ~ factor(trt), veteran, weights = ow, control = exact)
  w <- weigh(coef(ps)); own <- drop(residuals(cox(w), "dfbeta", weighted = TRUE))
  list(value = unname(coef(cox(w))), known = sqrt(sum(own^2)), error = stacked(own, slope(function(w) unname(coef(cox(w))))))
})

# Where each of two curves leads most by its own error.
entry("crossing/veteran", {
  at <- sort(unique(veteran$time[veteran$time <= min(tapply(veteran$time, veteran$trt, max))]))
  s <- lapply(1:2, function(g) summary(survfit(Surv(time, status) ~ 1, subset(veteran, trt == g)), times = at))
  d <- s[[2]]$surv - s[[1]]$surv; e <- sqrt(s[[1]]$std.err^2 + s[[2]]$std.err^2); z <- ifelse(e > 0, d / e, 0)
  lapply(list(reference = which.min(z), comparison = which.max(z)), function(i) c(at[i], abs(d[i]), e[i]))
})

# Times that a rounding error parts are one time.
entry("timefix/km", curve(survfit(Surv(c(0.1 + 0.2, 0.3, 0.3 + 1e-7, 1), c(1, 0, 1, 1)) ~ 1, conf.type = "log-log")))

cat(jsonlite::toJSON(list(
  made_by = list(R = R.version.string, survival = as.character(packageVersion("survival")), cmprsk = as.character(packageVersion("cmprsk"))),
  entries = entries), auto_unbox = TRUE, digits = I(17), na = "null", pretty = TRUE), "\n")
