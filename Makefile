# Go and make are all this needs. `make lint` builds the linter from source; `make race` needs a C compiler as well.

GO ?= go

# How long each fuzz target runs.
FUZZTIME ?= 20s

# Packages generated from large catalogs. ./... does not reach them, as nothing uses them.
GENERATED = ./testdata/catalogs/...

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## Build the lawn-care example and serve it on 127.0.0.1:8080
	$(GO) run ./examples/lawncare

.PHONY: services
services: ## Start the databases and brokers that tests look for; installs what is missing on Debian
	@bash .ci/services

.PHONY: node
node: ## Install Prettier and the TypeScript compiler, to which tests hold generated TypeScript; npm, too, on Debian
	@bash .ci/node/install

.PHONY: test
test: ## Run every test there is
	$(GO) test ./...

.PHONY: race
race: ## Run the tests, the long ones shortened or left to make test, under the race detector (needs a C compiler)
	@command -v "$$($(GO) env CC)" >/dev/null || { echo "make race: no C compiler ($$($(GO) env CC)); the race detector needs one" >&2; exit 1; }
	CGO_ENABLED=1 $(GO) test -race -short -timeout 25m ./...

.PHONY: lint
lint: ## Run golangci-lint at the version that .ci/tools.mod pins
	$(GO) tool -modfile=.ci/tools.mod golangci-lint run ./... $(GENERATED)

# How many generated policies are compared with Casbin.
POLICIES ?= 10000

.PHONY: policies
policies: ## Compare decisions with Casbin's under model.conf, for POLICIES (10000) generated policies
	$(GO) test . -run 'TestCasbinAgrees$$' -rapid.checks=$(POLICIES) -timeout 20m -v

# Which guards: a regular expression of their names in internal/attacks.
GUARDS ?= .

.PHONY: guards
guards: ## Take the guards away one by one (GUARDS, of all) and see the attacks that each keeps off succeed; minutes
	$(GO) test ./internal/attacks -run TestEachGuardMatters -remove '$(GUARDS)' -timeout 60m -v

.PHONY: bench
bench: ## Measure the kit side by side with what else there is, and write docs/benchmarks.md; minutes, on a machine that does nothing else
	$(GO) run ./bench -o docs/benchmarks.md

.PHONY: micro
micro: ## Run the packages' own benchmarks
	$(GO) test -run '^$$' -bench . -benchmem -timeout 30m $$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -r -n1 dirname | sort -u)

.PHONY: load
load: ## Ask the kit, and plain Casbin, over HTTP on PostgreSQL, and write docs/load.md; minutes, on a machine that does nothing else
	$(GO) run ./bench/load -o docs/load.md

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (20s)
	@set -e; for package in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r -n1 dirname | sort -u); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$package/*_test.go); do \
			echo "== $$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

.PHONY: generate
generate: ## Write what is compared with: docs/openapi.yaml, golden files, the examples' generated names
	$(GO) test . -run ParseCatalog -update
	$(GO) test ./api -run TheDocumentIsCheckedIn -update
	$(GO) test ./cmd/rolekit -run 'TheExampleOfAnImport/SQLite|TestScripts' -update
	$(GO) test ./internal/generate -run Golden -update
	$(GO) generate ./examples/...

.PHONY: verify
verify: ## Fail on unformatted, unvetted, untidy or stale files; changes nothing
	@files=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .) && test -z "$$files" || { echo "run gofmt -w on: $$files" >&2; exit 1; }
	$(GO) vet ./... $(GENERATED)
	$(GO) mod tidy -diff
	$(GO) test . ./api ./internal/generate -run "ParseCatalog|TheDocumentIsCheckedIn|Golden"
	@set -e; for example in examples/lawncare examples/reports; do \
		$(GO) run ./cmd/rolekit generate go --check --catalog $$example/catalog.yaml --output $$example/perm/perm.go; \
		$(GO) run ./cmd/rolekit generate typescript --check --catalog $$example/catalog.yaml --output $$example/perm/perm.ts; \
	done
	$(GO) test ./internal/archtest ./internal/doctest

.PHONY: clean
clean: ## Remove what make and the example leave behind
	rm -rf bin coverage.out .ci/node/node_modules
	rm -f *.db *.db-shm *.db-wal
