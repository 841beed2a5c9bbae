# make test is what CI runs: the tests without vet, which runs by itself, and without debugging information. It
# needs Go, gcc (the race detector) and make; it installs the two servers that the backends are tested against, and the
# browser that the page of runtime/cachez is tried in, where they are absent.

MODULES     := . examples
CACHEGEN    := $(CURDIR)/bin/cachegen
STATICCHECK := $(CURDIR)/bin/staticcheck
# More packages at once than there are processors, since many tests wait more than they compute.
AT_ONCE     := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
SUDO        := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: test modules page bench generate golden servers tools format vulnerabilities

test: modules page

modules: servers tools format
	@set -e; for module in $(MODULES); do \
		echo "== $$module"; cd $(CURDIR)/$$module; \
		for step in \
			"go mod tidy -diff" \
			"$(CACHEGEN) -check ./..." \
			"go vet ./..." \
			"$(STATICCHECK) ./..." \
			"go test -race -vet=off -ldflags=-w -timeout 20m -p $(AT_ONCE) ./..."; \
		do echo "-- $$step"; $$step; done; \
	done
	@echo "== cachetest, whole"; go test -vet=off ./runtime/cachetest # with the race detector its long tests are left out
	@echo "== bench"; cd bench && $(CACHEGEN) -check ./fixture && go vet ./fixture # the rest needs all peers: go -C bench test .

# page tries the page of runtime/cachez in Chromium, which it needs. It is a module of its own, since what drives a browser
# takes long to compile.
page: servers tools
	cd internal/cachezpage && go mod tidy -diff && $(CACHEGEN) -check ./... && go vet ./... && CI=true go test ./...

# bench measures beside other caches and writes bench/results: all of it, or the groups that BENCH names (Hit, Redis, …).
COUNT ?= 6
bench: servers
	go -C bench run ./run -count $(COUNT) -bench '$(BENCH)'

# vulnerabilities asks the Go team's database, on the network, about what each module calls.
vulnerabilities:
	@go build -buildvcs=false -modfile=tools/go.mod -o bin/govulncheck golang.org/x/vuln/cmd/govulncheck
	@set -e; for module in $(MODULES); do (cd $$module && $(CURDIR)/bin/govulncheck ./...); done

# generate rewrites everything in the checkout that cachegen writes.
generate: tools
	@set -e; for module in $(MODULES) bench internal/cachezpage; do (cd $$module && $(CACHEGEN) ./...); done

# golden accepts what the generator writes now as what it should write: read the diff.
golden:
	go test ./gen -run Golden -update

tools:
	@go build -buildvcs=false -o bin/cachegen ./cmd/cachegen
	@go build -buildvcs=false -modfile=tools/go.mod -o bin/staticcheck honnef.co/go/tools/cmd/staticcheck

format:
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "gofmt these files:"; echo "$$unformatted"; exit 1; }

servers:
	@missing=; \
	for server in redis-server memcached; do command -v $$server >/dev/null || missing="$$missing $$server"; done; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		missing="$$missing chromium"; \
	[ -z "$$missing" ] || { \
		$(SUDO) apt-get update -q && \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; }
