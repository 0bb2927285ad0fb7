# Makes intervals.json, golden values for times known only to lie between two scans:
#
#   cd tests/golden && Rscript intervals.R > intervals.json
#
# R 4.2 or later with survival and jsonlite. Each entry keeps the expression that made its value.
# survfit stops at changes of 5e-5; `turnbull` is its self-consistency, kept up until 1e-14.

suppressMessages(library(survival))

entries <- list()
entry <- function(id, expr) {
  code <- paste(trimws(deparse(substitute(expr), width.cutoff = 500)), collapse = " ")
  value <- eval(substitute(expr), parent.frame())
  entries[[length(entries) + 1]] <<- list(id = id, r = code, value = value)
}
word <- function(x) lapply(x, function(v) if (is.finite(v)) v else "Inf")
fitted <- function(d) {
  f <- survfit(Surv(lower, ifelse(is.infinite(upper), NA, upper), type = "interval2") ~ 1, d)
  list(time = f$time, surv = f$surv)
}
turnbull <- function(d) {
  ends <- sort(unique(c(d$lower, d$upper)))
  cell <- cbind(head(ends, -1), tail(ends, -1))
  allowed <- sapply(seq_len(nrow(cell)), function(j) d$lower <= cell[j, 1] & d$upper >= cell[j, 2]) * 1
  p <- rep(1 / ncol(allowed), ncol(allowed))
  repeat {
    joint <- sweep(allowed, 2, p, "*"); new <- colMeans(joint / rowSums(joint))
    if (max(abs(new - p)) < 1e-14) break
    p <- new
  }
  kept <- p > 1e-9
  list(left = cell[kept, 1], right = word(cell[kept, 2]), mass = p[kept],
       loglik = sum(log(allowed %*% p)))
}
rounds <- data.frame(lower = c(0, 2, 2, 4, 4, 6, 0, 6, 3, 5, 8, 8, 2, 4, 6, 1),
                     upper = c(2, 4, 6, 6, 8, Inf, 4, 8, 5, 7, Inf, 10, 6, 9, Inf, 3))
set.seed(4)
many <- data.frame(lower = round(rexp(60, .1), 1)); many$upper <- many$lower + round(1 + rexp(60, .5), 1)
many$upper[sample(60, 12)] <- Inf

entry("data/rounds", list(lower = rounds$lower, upper = word(rounds$upper)))
entry("data/many", list(lower = many$lower, upper = word(many$upper)))
entry("turnbull/rounds", turnbull(rounds))
entry("turnbull/many", turnbull(many))
entry("survfit/rounds", fitted(rounds))
entry("survfit/many", fitted(many))

cat(jsonlite::toJSON(list(
  made_by = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
  entries = entries), auto_unbox = TRUE, digits = I(17), na = "null", pretty = TRUE), "\n")
