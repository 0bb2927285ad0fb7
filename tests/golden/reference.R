# Makes reference.json again, survival, Cox, competing risks and proportions on the data sets of `data/`:
#
#   cd tests/golden && Rscript reference.R > reference.json
#
# R 4.2 or later with survival, cmprsk and jsonlite. Each entry says what it is of (file, endpoint,
# groups, strata, weights), the R expression, and its value. Tests read the JSON; they need no R.

suppressMessages({library(survival); library(cmprsk)})

entries <- list()
add <- function(data, endpoint, group, quantity, r, value, strata = NULL, weights = NULL, levels = NULL) {
  id <- paste(c(data, endpoint$name, if (is.null(group)) "all" else group, quantity), collapse = "/")
  if (!is.null(weights)) id <- paste0(id, "/weights=", weights)
  csv <- if (data == "proportions") NULL else sprintf("data/%s.csv", data)
  entries[[length(entries) + 1]] <<- list(id = id, dataset = data, csv = csv, endpoint = endpoint,
    group = group, levels = levels, strata = strata, weights = weights, quantity = quantity, value = value, r = r)
}
LIMITS <- c("log-log", "log", "plain")
TIES <- c("efron", "breslow")
TRANSFORMS <- c("km", "identity", "rank", "log")
exact <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)

# For each group of a fit, what `of` gives for it.
each <- function(fit, levels, of) {
  if (is.null(levels)) return(list(all = of(fit)))
  setNames(lapply(seq_along(levels), function(i) of(fit[i])), levels)
}
# Columns of a fit's rows, by group.
rows <- function(s, levels, columns) {
  part <- function(i) as.list(as.data.frame(s[columns], optional = TRUE)[i, , drop = FALSE])
  if (is.null(levels)) return(list(all = part(rep(TRUE, length(s$time)))))
  setNames(lapply(seq_along(levels), function(k) part(as.integer(s$strata) == k)), levels)
}
quartiles <- function(fit, levels) {
  q <- quantile(fit, c(.25, .5, .75))
  pick <- function(x, k) unname(if (is.null(levels)) x else x[k, ])
  one <- function(k) list(p = c(.25, .5, .75), quantile = pick(q$quantile, k), lower = pick(q$lower, k), upper = pick(q$upper, k))
  if (is.null(levels)) list(all = one(1)) else setNames(lapply(seq_along(levels), one), levels)
}
summaries <- function(fit, levels, columns, ...) {
  t <- rbind(summary(fit, ...)$table)
  one <- function(k) setNames(as.list(t[k, columns]), names(columns))
  if (is.null(levels)) list(all = one(1)) else setNames(lapply(seq_along(levels), one), levels)
}
model <- function(f) {
  robust <- !is.null(f$naive.var)
  se <- sqrt(diag(f$var)); z <- coef(f) / se; s <- summary(f)
  own <- function(x) I(unname(x))  # a list in JSON, even of one
  list(terms = I(names(coef(f))), coef = own(coef(f)), se = own(sqrt(diag(if (robust) f$naive.var else f$var))),
       robust_se = if (robust) own(se) else NA, var = unname(f$var), loglik = f$loglik,
       score_test = f$score, wald_test = unname(f$wald.test), lr_test = unname(s$logtest["test"]), n = f$n, nevent = f$nevent,
       hr = own(exp(coef(f))), hr_lower = own(exp(coef(f) - qnorm(.975) * se)), hr_upper = own(exp(coef(f) + qnorm(.975) * se)),
       z = own(z), p = own(2 * pnorm(-abs(z))))
}
zph <- function(f, transform, terms = FALSE) {
  t <- cox.zph(f, transform, terms)$table
  list(terms = rownames(t), chisq = unname(t[, "chisq"]), df = unname(t[, "df"]), p = unname(t[, "p"]))
}

# Curves of one endpoint, by group. `taus` are horizons of the mean, `times` those of summaries.
curves <- function(data, d, endpoint, group, levels, times, taus, weights = NULL) {
  d$.w <- if (is.null(weights)) 1 else d[[weights]]
  if (!is.null(group)) d[[group]] <- factor(d[[group]], levels)
  left <- sprintf("Surv(%s, %s %%in%% c(%s))", endpoint$time, endpoint$event, endpoint$event_is)
  right <- if (is.null(group)) "1" else group
  formula <- as.formula(paste(left, "~", right))
  w <- if (is.null(weights)) "" else ", weights=w"
  fit <- function(...) if (is.null(weights)) survfit(formula, d, ...) else survfit(formula, d, weights = .w, ...)
  put <- function(quantity, r, value) add(data, endpoint, group, quantity, r, value, NULL, weights, levels)
  head <- sprintf("survfit(%s, d", paste(left, "~", right))
  for (limits in LIMITS) {
    f <- fit(conf.type = limits)
    made <- sprintf("f <- %s, conf.type=\"%s\"%s)", head, limits, w)
    columns <- c("time", "n.risk", "n.event", "n.censor", "surv", "std.err", "lower", "upper")
    of <- if (isFALSE(f$logse)) "(f$logse=FALSE: std.err is of S, infinitesimal jackknife)" else "(std.err is of -log S)"
    put(paste0("km_", limits), paste(made, "; f[c('time','n.risk','n.event','n.censor','surv','std.err','lower','upper')] ", of),
        each(f, levels, function(g) unclass(g)[columns]))
    s <- summary(f, times = times, extend = TRUE)
    put(paste0("km_at_", limits), sprintf("%s; summary(f, times=c(%s), extend=TRUE) (std.err is of S)", made, paste(times, collapse = ",")),
        rows(s, levels, c("time", "n.risk", "surv", "std.err", "lower", "upper")))
    put(paste0("quantile_", limits), paste(made, "; quantile(f, c(.25,.5,.75))"), quartiles(f, levels))
    put(paste0("median_print_", limits), paste(made, "; print(f)  # survival:::survmean(f,1,'none')"),
        summaries(f, levels, c(n = "records", events = "events", median = "median", lower = "0.95LCL", upper = "0.95UCL")))
  }
  if (is.null(weights)) {
    hazard <- function(f) each(f, levels, function(g) unclass(g)[c("time", "cumhaz", "std.chaz")])
    put("nelson_aalen", paste0(head, ")[c('time','cumhaz','std.chaz')]  # ctype=1: sum d/n, var sum d/n^2"), hazard(fit()))
    put("fleming_harrington", paste0(head, ", ctype=2)[c('time','cumhaz','std.chaz')]  # tie-corrected"), hazard(fit(ctype = 2)))
    reverse <- sprintf("Surv(%s, !(%s %%in%% c(%s)))", endpoint$time, endpoint$event, endpoint$event_is)
    put("followup_reverse_km_log-log", sprintf("quantile(survfit(%s ~ %s, d, conf.type='log-log'), c(.25,.5,.75))", reverse, right),
        quartiles(survfit(as.formula(paste(reverse, "~", right)), d, conf.type = "log-log"), levels))
  } else {
    shown <- function(f) each(f, levels, function(g) unclass(g)[c("time", "surv", "std.err")])
    put("km_weighted_se_naive", paste0(head, w, ", robust=FALSE)"), shown(fit(robust = FALSE)))
    d$row <- seq_len(nrow(d))
    put("km_weighted_se_robust", paste0(head, w, ", robust=TRUE, id=row)"), shown(survfit(formula, d, weights = .w, robust = TRUE, id = row)))
  }
  for (tau in taus) {
    value <- summaries(fit(), levels, c(rmst = "rmean", se = "se(rmean)"), rmean = tau)
    if (length(levels) == 2) {
      gap <- value[[2]]$rmst - value[[1]]$rmst; se <- sqrt(value[[1]]$se^2 + value[[2]]$se^2)
      value$between <- list(est = gap, se = se, lower = gap - qnorm(.975) * se, upper = gap + qnorm(.975) * se, z = gap / se, p = 2 * pnorm(-abs(gap / se)))
      names(value)[3] <- sprintf("difference_%s_minus_%s", levels[2], levels[1])
    }
    put(paste0("rmst_tau_", tau), sprintf("print(%s%s), rmean=%s)", head, w, tau), c(list(tau = tau), value))
  }
}

# Log-rank tests and Cox models of groups; `strata` is a column, `weights` another.
groups <- function(data, d, endpoint, group, levels, strata = NULL, weights = NULL) {
  d$.g <- factor(d[[group]], levels); d$.y <- Surv(d[[endpoint$time]], d[[endpoint$event]] %in% endpoint$event_is)
  d$.w <- if (is.null(weights)) 1 else d[[weights]]
  d$.row <- seq_len(nrow(d))
  left <- sprintf("Surv(%s, %s %%in%% c(%s))", endpoint$time, endpoint$event, endpoint$event_is)
  put <- function(quantity, r, value, by = NULL) add(data, endpoint, group, quantity, r, value, by, weights, levels)
  test <- function(f, n) {
    total <- function(x) if (is.matrix(x)) unname(rowSums(x)) else unname(x)
    c(list(groups = levels), if (n) list(n = as.vector(f$n)), list(obs = total(f$obs), exp = total(f$exp), var = unname(f$var),
      chisq = f$chisq, df = length(levels) - 1, p = pchisq(f$chisq, length(levels) - 1, lower.tail = FALSE)))
  }
  w <- if (is.null(weights)) "" else ", weights=w"
  head <- sprintf("coxph(%s ~ factor(%s)", left, group)
  if (is.null(weights)) {
    for (rho in 0:1)
      put(paste0("logrank_rho", rho), sprintf("survdiff(%s ~ %s, d, rho=%s)", left, group, rho), test(survdiff(.y ~ .g, d, rho = rho), TRUE))
    if (!is.null(strata)) {
      d$.s <- d[[strata]]
      put("logrank_stratified", sprintf("survdiff(%s ~ %s + strata(%s), d)", left, group, strata), test(survdiff(.y ~ .g + strata(.s), d), FALSE), strata)
    }
  }
  for (ties in TIES) {
    put(paste0("cox_", ties), sprintf("%s, d, ties='%s'%s, control=coxph.control(eps=1e-13,iter.max=100))", head, ties, w),
        model(coxph(.y ~ .g, d, weights = .w, ties = ties, control = exact)))
    if (!is.null(strata))
      put(paste0("cox_stratified_", ties), sprintf("%s + strata(%s), d, ties='%s', control=coxph.control(eps=1e-13,iter.max=100))", head, strata, ties),
          model(coxph(.y ~ .g + strata(.s), d, ties = ties, control = exact)), strata)
    put(paste0("cox_robust_", ties), sprintf("%s, d, ties='%s', robust=TRUE%s, control=coxph.control(eps=1e-13,iter.max=100))", head, ties, w),
        model(coxph(.y ~ .g, d, weights = .w, ties = ties, robust = TRUE, id = .row, control = exact)))
    if (is.null(weights)) for (transform in TRANSFORMS)
      put(sprintf("zph_%s_%s", ties, transform), sprintf("cox.zph(%s, d, ties='%s'), transform='%s')$table", head, ties, transform),
          zph(coxph(.y ~ .g, d, ties = ties, control = exact), transform, TRUE))
  }
}

# Cox models of several columns.
several <- function(data, d, endpoint, name, right, factors = list()) {
  for (column in names(factors)) d[[column]] <- factor(d[[column]], factors[[column]])
  d$.row <- seq_len(nrow(d))
  left <- sprintf("Surv(%s, %s %%in%% %s)", endpoint$time, endpoint$event, endpoint$event_is)
  formula <- as.formula(paste(left, "~", right))
  for (ties in TIES) {
    f <- coxph(formula, d, ties = ties, control = exact)
    robust <- coxph(formula, d, ties = ties, robust = TRUE, id = .row, control = exact)
    value <- model(f)
    value$robust_se <- unname(sqrt(diag(robust$var)))
    value$concordance <- unname(summary(f)$concordance[1])
    value$zph <- setNames(lapply(TRANSFORMS, function(transform) zph(f, transform)), TRANSFORMS)
    add(data, endpoint, NULL, sprintf("coxmulti_%s_%s", name, ties),
        sprintf("coxph(%s ~ %s, d, ties='%s') ; robust=TRUE for robust_se; cox.zph(.., terms=FALSE)", left, right, ties), value)
  }
}

endpoint <- function(time, event, is, name = "OS") list(name = name, time = time, event = event, event_is = is)
CELLS <- c("squamous", "smallcell", "adeno", "large")

lung <- read.csv("data/lung.csv"); os <- endpoint("time", "status", 2)
at <- c(53, 79, 166, 210, 252, 300, 394, 624)
curves("lung", lung, os, NULL, NULL, at, c(365.25, 730.5, 1022))
curves("lung", lung, os, "sex", c("1", "2"), at, c(365.25, 730.5, 965))
groups("lung", lung, os, "sex", c("1", "2"), "ph.ecog")
several("lung", lung, os, "age_sex_ecog", "age + sex + ph.ecog")
several("lung", lung, os, "strat_inst", "age + sex + ph.ecog + wt.loss + strata(inst)")

veteran <- read.csv("data/veteran.csv"); os <- endpoint("time", "status", 1)
at <- c(7, 10, 25, 51, 80, 100, 144, 287)
curves("veteran", veteran, os, NULL, NULL, at, c(180, 365, 999))
curves("veteran", veteran, os, "trt", c("1", "2"), at, c(180, 365, 553))
groups("veteran", veteran, os, "trt", c("1", "2"), "celltype")
curves("veteran", veteran, os, "celltype", CELLS, at, c(100, 186))
groups("veteran", veteran, os, "celltype", CELLS, "prior")
several("veteran", veteran, os, "trt_cell_karno_age", "trt + celltype + karno + age", list(celltype = CELLS))

ovarian <- read.csv("data/ovarian.csv"); os <- endpoint("futime", "fustat", 1)
at <- c(115, 156, 365, 448, 475, 638, 803, 1129)
curves("ovarian", ovarian, os, NULL, NULL, at, c(365, 1227))
curves("ovarian", ovarian, os, "rx", c("1", "2"), at, c(365, 1106))
groups("ovarian", ovarian, os, "rx", c("1", "2"), "resid.ds")
several("ovarian", ovarian, os, "age_rx_ecog", "age + rx + ecog.ps")
weighted <- read.csv("data/ovarian_w.csv")
curves("ovarian_w", weighted, os, "rx", c("1", "2"), at, c(365, 1106), "w")
groups("ovarian_w", weighted, os, "rx", c("1", "2"), NULL, "w")

# Competing risks: Aalen-Johansen of survival and of cmprsk, and Gray's test.
competing <- read.csv("data/veteran_cr.csv"); cr <- endpoint("time", "cause", 1, "CR")
at <- c(10, 30, 60, 90, 180, 365)
for (group in list("trt", NULL)) {
  levels <- if (is.null(group)) NULL else c("1", "2")
  right <- if (is.null(group)) "1" else group
  s <- summary(survfit(as.formula(paste("Surv(time, factor(cause, 0:2)) ~", right)), competing), times = at, extend = TRUE)
  c2 <- with(competing, cuminc(time, cause, if (is.null(group)) rep(1, length(time)) else trt, cencode = 0))
  p <- timepoints(c2, at)
  for (cause in 1:2) {
    part <- c(s[c("time", "strata")], list(n.risk = s$n.risk[, 1], cif = s$pstate[, cause + 1], std.err = s$std.err[, cause + 1], lower = s$lower[, cause + 1], upper = s$upper[, cause + 1]))
    add("veteran_cr", cr, group, paste0("cif_cause", cause),
        sprintf("summary(survfit(Surv(time, factor(cause, 0:2)) ~ %s, d), times=c(10,30,60,90,180,365), extend=TRUE)  # pstate, std.err = infinitesimal jackknife, conf.type='log'", right),
        rows(part, levels, c("time", "n.risk", "cif", "std.err", "lower", "upper")), levels = levels)
    one <- function(g) list(time = at, cif = unname(p$est[paste(g, cause), ]), var = unname(p$var[paste(g, cause), ]))
    add("veteran_cr", cr, group, paste0("cuminc_cause", cause), sprintf("timepoints(cmprsk::cuminc(time, cause, %s, cencode=0), times)  # var = Aalen", right),
        if (is.null(levels)) list(all = one(1)) else setNames(lapply(levels, one), levels), levels = levels)
  }
  if (!is.null(group)) add("veteran_cr", cr, group, "gray_test", "cmprsk::cuminc(...)$Tests",
    setNames(lapply(1:2, function(cause) setNames(as.list(c2$Tests[cause, ]), c("stat", "p", "df"))), c("cause1", "cause2")), levels = levels)
}

# Proportions.
response <- list(name = "response", time = NA, event = NA)
wilson <- function(x, n, level = .95, correct = FALSE) as.vector(suppressWarnings(prop.test(x, n, conf.level = level, correct = correct))$conf.int)
for (xn in list(c(0, 18), c(1, 18), c(9, 18), c(18, 18), c(5, 36), c(23, 60), c(81, 263))) for (level in c(.95, .9)) {
  x <- xn[1]; n <- xn[2]
  add("proportions", response, NULL, sprintf("one_%d_%d_%s", x, n, level), "binom.test(x,n)$conf.int; prop.test(x,n,correct=FALSE/TRUE)$conf.int",
      list(x = x, n = n, conf = level, estimate = x / n, clopper_pearson = as.vector(binom.test(x, n, conf.level = level)$conf.int),
           wilson = wilson(x, n, level), wilson_cc = wilson(x, n, level, TRUE)))
}
for (t in list(c(56, 70, 48, 80), c(9, 10, 3, 10), c(6, 7, 2, 7), c(5, 56, 0, 29), c(0, 10, 0, 20), c(10, 10, 0, 10), c(12, 18, 7, 18))) {
  p <- c(t[1] / t[2], t[3] / t[4]); d <- p[1] - p[2]
  one <- wilson(t[1], t[2]); two <- wilson(t[3], t[4])
  add("proportions", response, NULL, sprintf("two_%d_%d_%d_%d", t[1], t[2], t[3], t[4]),
      "newcombe(): method 10 of Newcombe 1998 from two Wilson intervals (= score, no cc); fisher.test",
      list(table = list(c(t[1], t[2] - t[1]), c(t[3], t[4] - t[3])), conf = .95, diff = d,
           newcombe = d + c(-1, 1) * sqrt(c((p[1] - one[1])^2 + (two[2] - p[2])^2, (one[2] - p[1])^2 + (p[2] - two[1])^2)),
           fisher_p = fisher.test(rbind(c(t[1], t[2] - t[1]), c(t[3], t[4] - t[3])))$p.value))
}
p <- c(.001, .013, .029, .04, .2, .041)
add("proportions", response, NULL, "p_adjust", "p.adjust(p, method)",
    c(list(p = p), sapply(c("holm", "BH", "bonferroni", "hochberg"), function(m) p.adjust(p, m), simplify = FALSE)))

# JSON has no infinity, and NULL leaves no trace in a list.
plain <- function(x) {
  if (is.list(x)) lapply(x, plain) else if (is.numeric(x) && any(is.infinite(x))) lapply(x, function(one) if (is.infinite(one)) as.character(one) else one) else x
}
entries <- lapply(entries, function(e) {
  for (k in c("csv", "group", "levels", "strata", "weights")) if (is.null(e[[k]])) e[k] <- NA
  plain(e)
})
cat(jsonlite::toJSON(list(
  meta = list(made_by = "R", R = R.version.string, survival = as.character(packageVersion("survival")), cmprsk = as.character(packageVersion("cmprsk")),
    entries = length(entries),
    conventions = paste("null = NA; \"Inf\"/\"-Inf\" strings; arrays in time order per group; group keys are the level text; levels = order of the groups, first is the Cox reference;",
      "std.err in km_* is survfit$std.err = standard error of -log S(t), EXCEPT where fractional weights make the fit robust (f$logse=FALSE, said in r): then it is of S(t); in km_at_* it is that of S(t)")),
  entries = entries), auto_unbox = TRUE, digits = I(17), na = "null", pretty = TRUE), "\n")
