# Makes switching.json again: cd tests/golden && Rscript switching.R > switching.json
# Each patient is at risk before the second modality with second = 0 and from its date on with 1.
library(survival)
time   <- c(3, 5, 6, 8, 9, 11, 12, 14, 15, 18, 20, 22, 24, 26, 30, 33, 36, 40)
event  <- c(1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1)
second <- c(NA, 2, NA, 5, NA, 4, 6, NA, 10, 3, NA, 12, NA, 7, 20, NA, 5, NA)
pieces <- do.call(rbind, lapply(seq_along(time), function(i) {
  if (is.na(second[i])) return(data.frame(start = 0, stop = time[i], event = event[i], second = 0))
  data.frame(start = c(0, second[i]), stop = c(second[i], time[i]), event = c(0, event[i]),
             second = c(0, 1))
}))
fit <- coxph(Surv(start, stop, event) ~ second, data = pieces, ties = "efron")
limits <- summary(fit)$conf.int
cat(sprintf(
  paste0('{"time": [%s], "event": [%s], "second": [%s], "ratio": %.17g, "low": %.17g, ',
         '"high": %.17g, "log_ratio": %.17g, "std_error": %.17g}\n'),
  toString(time), toString(event), toString(ifelse(is.na(second), "null", second)),
  limits[1, 1], limits[1, 3], limits[1, 4], coef(fit), sqrt(vcov(fit)[1, 1])))
