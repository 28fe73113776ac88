# The peer ranger of TestBenchPeers. It is called as measure.py says, and reports
# the same.
suppressPackageStartupMessages(library(ranger))

arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
numbers <- as.integer(arguments[2:5])
columns <- numbers[1]
trees <- numbers[2]
threads <- numbers[3]
seed <- numbers[4]
rows <- 20

# As in measure.py.
least_passes <- 3
least_seconds <- 0.5

read <- function(name) {
  path <- file.path(folder, paste0(name, ".f32"))
  readBin(path, "numeric", file.size(path) / 4, size = 4, endian = "little")
}

read_x <- function(part) {
  names <- list(NULL, paste0("x", seq_len(columns)))
  matrix(read(paste0(part, "-x")), ncol = columns, byrow = TRUE, dimnames = names)
}

seconds <- function(call) {
  start <- Sys.time()
  call()
  as.numeric(Sys.time() - start, units = "secs")
}

# The most memory this process has had so far.
peak_bytes <- function() {
  line <- grep("^VmHWM:", readLines("/proc/self/status"), value = TRUE)
  1024 * as.numeric(gsub("[^0-9]", "", line))
}

x <- read_x("train")
y <- read("train-y")
# Out-of-bag errors are left out, as they are for the other programs.
fit <- seconds(function() {
  model <<- ranger(
    x = x, y = y, num.trees = trees, mtry = columns, min.node.size = 1, replace = TRUE,
    oob.error = FALSE, num.threads = threads, seed = seed, verbose = FALSE
  )
})
peak <- peak_bytes()

x <- read_x("test")
y <- read("test-y")
ask <- function(x, threads) predict(model, data = x, num.threads = threads, verbose = FALSE)$predictions
r2 <- 1 - sum((y - ask(x, threads))^2) / sum((y - mean(y))^2)
took <- c()
while (length(took) < least_passes || sum(took) < least_seconds) {
  took <- c(took, seconds(function() ask(x, threads)))
}
batch <- nrow(x) / median(took)
row_seconds <- function(threads) {
  median(sapply(seq_len(rows), function(i) seconds(function() ask(x[i, , drop = FALSE], threads))))
}

cat(sprintf(
  paste0(
    '{"version": "%s", "fit_seconds": %.9f, "peak_bytes": %.0f, "r2": %.9f, ',
    '"row_seconds": %.9f, "batch_rows_per_second": %.3f, "model_bytes": %.0f}\n'
  ),
  packageVersion("ranger"), fit, peak, r2,
  min(row_seconds(threads), row_seconds(1)), batch, length(serialize(model, NULL))
))
