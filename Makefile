# The commands of the project; CI runs `make test` and nothing else.
.DEFAULT_GOAL := help
.PHONY: help demo run test tools format lint unit web browser contract fuzz torture faults bench

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Run a filled tenant to look at, on 127.0.0.1:8080
	cargo run --release -- demo

run: ## Run the server with its data in ./data
	cargo run --release -- serve

# A test says what it missed; a backtrace of a hundred frames would bury it.
test: export RUST_BACKTRACE = 0
test: tools format lint ## Everything CI checks; installs what is missing
	scripts/with-postgres cargo test --workspace --no-fail-fast

tools: ## Install what the tests need and do not find
	scripts/install-tools

format: ## Check the format
	cargo fmt --all --check

lint: ## Check with clippy, warnings denied
	cargo clippy --workspace --all-targets -- -D warnings

unit: ## The tests beside the code, and those of the house
	cargo test --workspace --lib --bins --test architecture

web: ## The engine and the pages over HTTP, on SQLite and PostgreSQL
	scripts/with-postgres cargo test --no-fail-fast --test engine --test web

browser: tools ## The stories in a real browser, accessibility and markup of every page
	scripts/with-postgres cargo test --no-fail-fast --test browser

contract: tools ## The API held against its document: a fuzzer, a generated client, the calls of docs/api.md
	scripts/with-postgres cargo test --no-fail-fast --test contract

fuzz: tools ## The fuzzer for 20,000 calls on each database
	VOUCHSAFE_FUZZ=long scripts/with-postgres cargo test --test contract -- --nocapture --test-threads 1 fuzz

torture: ## Races, kills, power cuts and outages in many rounds; says how many it ran
	VOUCHSAFE_TORTURE=long scripts/with-postgres cargo test --test torture -- --nocapture --test-threads 1

faults: ## Show that the checks turn red on faults planted for them
	scripts/planted-faults

bench: ## Redemptions, validations, lists, exports and batches beside the least they could cost here, as ratios
	scripts/with-postgres --durable cargo bench --bench redeem --bench lists --bench exports
