# Makes interaction.json, the golden values of the tests of interaction and of the V5 table:
#
#   cd tests/golden && Rscript interaction.R > interaction.json
#
# R 4.2 or later with survival and jsonlite. Each entry keeps the expression that made its value.

suppressMessages(library(survival))

entries <- list()
entry <- function(id, expr) {
  code <- paste(trimws(deparse(substitute(expr), width.cutoff = 500)), collapse = " ")
  value <- eval(substitute(expr), parent.frame())
  entries[[length(entries) + 1]] <<- list(id = id, r = code, value = value)
}

exact <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
lung <- subset(read.csv("data/lung.csv"), !is.na(ph.ecog) & ph.ecog < 3)
lung$dead <- lung$status == 2
lung$female <- as.numeric(lung$sex == 2); lung$old <- as.numeric(lung$age >= 65)
lung$f1 <- lung$female * (lung$ph.ecog == 1); lung$f2 <- lung$female * (lung$ph.ecog == 2); lung$f65 <- lung$female * lung$old
entry("hazards/lung_ecog", {
  one <- coxph(Surv(time, dead) ~ female + strata(ph.ecog), lung, control = exact)
  each <- coxph(Surv(time, dead) ~ female + f1 + f2 + strata(ph.ecog), lung, control = exact)
  c(2 * (each$loglik[2] - one$loglik[2]), 2)
})
entry("hazards/lung_age", {
  one <- coxph(Surv(time, dead) ~ female + strata(old), lung, control = exact)
  each <- coxph(Surv(time, dead) ~ female + f65 + strata(old), lung, control = exact)
  c(2 * (each$loglik[2] - one$loglik[2]), 1)
})

# Score test of equal differences: Pearson's statistic of the identity-link model without interaction.
score <- function(k1, n1, k0, n0) {
  s <- factor(rep(seq_along(k1), 2)); arm <- rep(1:0, each = length(k1))
  k <- c(k1, k0); n <- c(n1, n0)
  f <- glm(cbind(k, n - k) ~ s + arm, binomial("identity"), start = c(0.4, rep(0, length(k1) - 1), 0.05),
           control = glm.control(epsilon = 1e-14, maxit = 1000))
  c(sum(residuals(f, "pearson")^2), length(k1) - 1, unname(coef(f)["arm"]))
}
entry("differences/two", score(c(12, 9), c(20, 25), c(6, 11), c(18, 22)))
entry("differences/three", score(c(30, 11, 8), c(45, 40, 30), c(15, 16, 9), c(40, 38, 25)))

# V5: Vogl's group (2017), World J Clin Oncol 8:343, disease control 16 of 19 against 9 of 17.
v5 <- matrix(c(16, 3, 9, 8), 2, byrow = TRUE)
entry("v5/pearson", chisq.test(v5, correct = FALSE)$p.value)
entry("v5/yates", suppressWarnings(chisq.test(v5, correct = TRUE))$p.value)
entry("v5/fisher", fisher.test(v5)$p.value)

cat(jsonlite::toJSON(list(meta = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
                          entries = entries), auto_unbox = TRUE, digits = NA, pretty = 1))
