GO ?= go
FUZZTIME ?= 10s
BENCH ?= .
BENCHTIME ?= 1s
COUNT ?= 1
PKG ?= ./...
MODEL_FLAGS ?= --population fleet --samples 30000 --test-split 0.2 --seed 42 --elsewhere testdata/migrations/lab/migrations.csv
MODEL := pkg/model/default.vmmp

# The public measurements that `make truth` judges by: no part of this repository.
DATA ?= ../shared/data

# Empty where git cannot tell. Go's own stamp is off because it fails the build
# there, as in a checkout that belongs to another user.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS := -s -w $(if $(VERSION),-X vmmp/cmd.version=$(VERSION))

TOOLS := bin/tools

# The only date in what `make dist` makes is the commit's.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null)
DIST ?= dist
MAN ?= $(DIST)/man
PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64

# What .ci/setup unpacked; empty: the tests look into /boot.
GUEST_KERNEL ?= $(firstword $(wildcard $(CURDIR)/.ci/kernel/boot/vmlinuz-*))

.DEFAULT_GOAL := build

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the static binary bin/vmmp
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/vmmp .

.PHONY: run
run: ## make one prediction with the embedded model
	$(GO) run . predict --cpu 75 --mem 68

.PHONY: test
test: ## vet and run the tests, in any order; needs nothing but Go
	$(GO) vet ./...
	$(GO) test -shuffle=on ./...

.PHONY: race
race: ## run the tests under the race detector; needs a C compiler
	CGO_ENABLED=1 $(GO) test -race -shuffle=on ./...

.PHONY: test-integration
test-integration: ## run the tests against real parts as well; fails if one is missing
	$(GO) vet -tags integration ./...
	VMMP_TEST_KERNEL='$(GUEST_KERNEL)' $(GO) test -tags integration -count=1 -p 1 ./... # one after the other: some load the machine

.PHONY: lint
lint: $(TOOLS)/golangci-lint $(TOOLS)/deadcode ## check the code, its format, who imports what, and that all of it is used
	$(TOOLS)/golangci-lint run ./...
	@dead=$$($(TOOLS)/deadcode -test -tags integration,bench ./...) && if [ -n "$$dead" ]; then echo "$$dead"; exit 1; fi

.PHONY: vuln
vuln: $(TOOLS)/govulncheck ## look for known vulnerabilities in what is called; VULNDB=file:///folder
	TOOLS='$(TOOLS)' .ci/vuln

.PHONY: fmt
fmt: $(TOOLS)/golangci-lint ## format the code
	$(TOOLS)/golangci-lint fmt ./...

.PHONY: bench
bench: ## run the benchmarks; BENCH=regexp PKG=./forest COUNT=10 BENCHTIME=1s
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCHTIME) -count $(COUNT) $(PKG)

.PHONY: bench-api
bench-api: ## measure vmmp serve beside a bare handler: rates, latencies, memory, start
	$(GO) test -tags bench -run '^TestBenchAPI$$' -count=1 -v ./tests/bench

.PHONY: bench-peers
bench-peers: ## measure the forest beside scikit-learn, ranger, XGBoost and leaves
	$(GO) test -tags bench -run '^TestBenchPeers$$' -count=1 -timeout 2h -v ./forest

.PHONY: bench-compare
bench-compare: $(TOOLS)/benchstat ## compare two outputs of make bench; OLD=file NEW=file
	$(TOOLS)/benchstat $(OLD) $(NEW)

.PHONY: fuzz
fuzz: ## run each fuzz test for FUZZTIME
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort | while IFS=: read -r file decl; do \
		echo "== $${decl#func } in $$(dirname "$$file")"; \
		$(GO) test -run '^$$' -fuzz "^$${decl#func }\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" || exit 1; \
	done

.PHONY: model
model: ## train the embedded default model anew
	$(GO) run . train $(MODEL_FLAGS) --out $(MODEL)

.PHONY: truth
truth: ## judge the embedded model on migrations that it has not learned from; DATA=folder of the public measurements
	$(GO) run ./tests/truth --data '$(DATA)' --bars .ci/truth.yaml

.PHONY: truth-card
truth-card: ## write the table of `make truth` into the model card
	$(GO) run ./tests/truth --data '$(DATA)' --bars .ci/truth.yaml --card pkg/model/MODEL.md

.PHONY: guest
guest: ## assemble the lab's bare-metal guest anew; needs binutils
	$(GO) generate ./pkg/lab/baremetal

.PHONY: dist
dist: ## make tarballs, Debian packages and SHA256SUMS in DIST=dist
	GO='$(GO)' LDFLAGS='$(LDFLAGS)' VERSION='$(VERSION)' SOURCE_DATE_EPOCH='$(SOURCE_DATE_EPOCH)' \
		PLATFORMS='$(PLATFORMS)' .ci/dist '$(DIST)'

.PHONY: man
man: ## write the manual pages into MAN=dist/man
	SOURCE_DATE_EPOCH='$(SOURCE_DATE_EPOCH)' $(GO) run ./cmd/internal/manpages -version '$(VERSION)' -out '$(MAN)'

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist coverage.out

# The tools are a module of their own, so that what they need is pinned and
# yet stays out of go.mod. Go leaves a binary that is up to date untouched.
PROGRAMS := $(addprefix $(TOOLS)/,benchstat deadcode golangci-lint govulncheck)
$(PROGRAMS) &: .ci/tools/go.mod .ci/tools/go.sum
	CGO_ENABLED=0 $(GO) -C .ci/tools build -trimpath -o $(CURDIR)/$(TOOLS)/ tool
	@touch $(PROGRAMS)
