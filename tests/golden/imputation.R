# Makes imputation.json, golden values for pooling over imputations and the hazard that enters them:
#
#   cd tests/golden && Rscript imputation.R > imputation.json
#
# R 4.2 or later with survival, mice and jsonlite. Each entry keeps the expression that made its
# value.

suppressMessages({library(survival); library(mice)})

entries <- list()
entry <- function(id, expr) {
  code <- paste(trimws(deparse(substitute(expr), width.cutoff = 500)), collapse = " ")
  value <- eval(substitute(expr), parent.frame())
  entries[[length(entries) + 1]] <<- list(id = id, r = code, value = value)
}
pooled <- function(q, u, df) {
  p <- pool.scalar(q, u, n = df + 1, k = 1)
  e <- sqrt(p$t)
  list(q = q, u = u, complete_df = if (is.infinite(df)) "Inf" else df, value = p$qbar, error = e, df = p$df, fmi = p$fmi,
       low = p$qbar - qt(.975, p$df) * e, high = p$qbar + qt(.975, p$df) * e, p = 2 * pt(-abs(p$qbar) / e, p$df))
}
q <- c(.31, .52, .18, .44, .39); u <- c(.040, .052, .047, .039, .044)
entry("pool/infinite", pooled(q, u, Inf))
entry("pool/small", pooled(q, u, 23))
entry("pool/twenty", pooled(-1.5 + sin(1:20) / 3, .09 + cos(1:20) / 50, 61))
entry("pool/much", pooled(c(-1, 2, .5), c(.1, .2, .15), 40))

lung <- read.csv("data/lung.csv")
entry("hazard/lung", { f <- survfit(Surv(time, status == 2) ~ 1, lung, ctype = 1); f$cumhaz[match(lung$time, f$time)] })

cat(jsonlite::toJSON(list(
  made_by = list(R = R.version.string, survival = as.character(packageVersion("survival")), mice = as.character(packageVersion("mice"))),
  entries = entries), auto_unbox = TRUE, digits = I(17), na = "null", pretty = TRUE), "\n")
