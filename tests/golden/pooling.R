# Makes pooling.json, the golden values of the meta-analysis of centres:
#
#   cd tests/golden && Rscript pooling.R > pooling.json
#
# R 4.2 or later with metafor 3.8 or later and jsonlite. Each entry keeps the expression that made its value.

suppressMessages(library(metafor))

entries <- list()
entry <- function(id, expr) {
  code <- paste(trimws(deparse(substitute(expr), width.cutoff = 500)), collapse = " ")
  value <- eval(substitute(expr), parent.frame())
  entries[[length(entries) + 1]] <<- list(id = id, r = code, value = value)
}

# Log risk ratios of BCG (Colditz 1994), of all trials, of few, and of some that agree.
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
sets <- list(bcg = bcg, four = bcg[1:4, ], five = bcg[c(1, 3, 5, 7, 9), ], alike = bcg[c(3, 5, 9, 10, 11), ],
             equal = data.frame(yi = c(-0.31, -0.30, -0.29, -0.30, -0.32, -0.28), vi = c(0.04, 0.05, 0.09, 0.02, 0.03, 0.06)))
tight <- list(threshold = 1e-14, maxiter = 1000)
for (name in names(sets)) {
  d <- sets[[name]]
  entry(paste0(name, "/y"), as.numeric(d$yi))
  entry(paste0(name, "/se"), sqrt(as.numeric(d$vi)))
  common <- rma(yi, vi, data = d, method = "EE")
  entry(paste0(name, "/common"), c(as.numeric(common$beta), common$ci.lb, common$ci.ub))
  entry(paste0(name, "/q"), c(common$QE, common$k - 1, common$QEp))
  entry(paste0(name, "/i2"), max(0, 100 * (common$QE - (common$k - 1)) / common$QE) / 100)
  entry(paste0(name, "/tau2"), rma(yi, vi, data = d, method = "REML", control = tight)$tau2)
  random <- rma(yi, vi, data = d, method = "REML", test = "adhoc", control = tight)
  entry(paste0(name, "/random"), c(as.numeric(random$beta), random$ci.lb, random$ci.ub))
  ahead <- predict(random)
  entry(paste0(name, "/prediction"), c(ahead$pi.lb, ahead$pi.ub))
}

# Differences of rates: variance as metafor has it, half a patient more in each cell where one is empty.
few <- escalc(measure = "RD", ai = c(12, 0, 7, 10), n1i = c(40, 15, 7, 30), ci = c(9, 0, 5, 3), n2i = c(38, 12, 9, 33))
entry("differences/y", as.numeric(few$yi))
entry("differences/se", sqrt(as.numeric(few$vi)))

cat(jsonlite::toJSON(list(meta = list(R = R.version.string, metafor = as.character(packageVersion("metafor"))),
                          entries = entries), auto_unbox = TRUE, digits = NA, pretty = 1))
