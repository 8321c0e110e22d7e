# A newcomer needs only Python 3.11 or newer, make and git: `make` installs the rest into .venv.
PYTHON ?= python3
BIN := .venv/bin

# All endpoints together, which take longest and so come first, and the parsers.
FUZZED := tests/fuzz tests/thief tests/oauth tests/client_documents/test_any_answer.py tests/mcp tests/jmap tests/outbound \
	tests/attachments/test_any_bytes.py tests/attachments/test_hostile.py \
	tests/grants/test_life_cycle.py tests/provider/test_token_response.py tests/provider/test_refresh_machine.py \
	tests/provider/test_refresh_machine_bites.py tests/endpoints/http/test_cookies.py tests/lambda/test_event.py \
	tests/lambda/test_exchange.py tests/encoding/test_strict_json.py tests/test_garbage.py

.PHONY: help run test test-processes test-peers test-clients fuzz mutation conformance test-aws test-lambda bench bench-profile bench-trace bench-tasks bench-lambda doctor soak deploy preflight back check format clean
.DEFAULT_GOAL := help

help:  ## print this list
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "mailconnect needs Python 3.11 or newer; $(PYTHON) is older. Name another: make PYTHON=python3.13 ..." >&2; exit 2; }
	@$(PYTHON) -m venv .venv || { echo "$(PYTHON) cannot make a virtual environment; on Debian: apt install python3-venv" >&2; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'

.venv/.synced: pyproject.toml uv.lock $(BIN)/uv
	@$(BIN)/uv sync --frozen --inexact --quiet --python $(BIN)/python
	@touch $@

run: .venv/.synced  ## run the bridge on one machine, with a sandbox mailbox; makes one whole connection first
	@$(BIN)/python -m mailconnect.local

test: .venv/.synced  ## run the tests
	@PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist worksteal

test-processes: .venv/.synced  ## run the tests that start real processes: servers, workers, commands, readers of attachments
	@PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto -m 'process and not soak and not fuzz' tests/attachments tests/cli tests/lambda/test_import.py tests/local tests/sandbox tests/store/sqlite tests/test_bench_trace.py

test-peers: .venv/.synced  ## run the tests against real peers: MCP SDKs, oidc-provider (need npm), Cyrus IMAP (needs apt-get)
	@$(BIN)/python -m pytest -m peer tests/peers/cyrus tests/peers/test_real_mailboxes.py tests/peers/test_any_provider.py tests/peers/test_python_mcp.py tests/peers/test_typescript_sdk.py

test-clients: .venv/.browser  ## the same with more MCP clients: newer TypeScript SDKs, AI SDK, LangChain, fastmcp, mcp-remote, MCP Inspector; and Chromium
	@$(BIN)/python -m pytest -m peer tests/peers

fuzz: .venv/.synced  ## random inputs for every parser and endpoint: N for each test (make fuzz N=20000); SEED as Schemathesis printed it
	@$(BIN)/python -m pytest -n 2 --fuzz $(or $(N),1000) --fuzz-seed $(or $(SEED),0) -m 'fuzz or not peer and not aws and not browser' $(FUZZED)

.venv-mutation/.synced: pyproject.toml uv.lock $(BIN)/uv
	@UV_PROJECT_ENVIRONMENT=.venv-mutation $(BIN)/uv sync --frozen --group mutation --quiet --python $(BIN)/python
	@touch $@

mutation: .venv/.synced .venv-mutation/.synced  ## change the code and see whether a test fails; over half an hour; make mutation OF="pkce form"
	@.venv-mutation/bin/python -m tests.mutation.run $(OF)

conformance: .venv/.synced  ## run the official MCP conformance suite (installs Node.js if there is none)
	@$(BIN)/python -m pytest -m peer tests/conformance

.PHONY: documents languages test-browser screenshots
documents: .venv/.synced  ## write the tables of assistants and scopes into README.md and docs/
	@$(BIN)/python -m tests.integrations.written

languages: .venv/.synced  ## collect the pages' sentences for translators, and compile the translations
	@$(BIN)/python -m tests.languages.collect

.venv/.browser: tests/browser/requirements.txt .venv/.synced
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirements tests/browser/requirements.txt
	@touch $@

test-browser: .venv/.browser  ## run whole journeys in a real browser (needs npm; installs Chromium by apt-get)
	@$(BIN)/python -m pytest -n 2 -m browser tests/browser

screenshots: .venv/.browser  ## take new pictures for docs/screenshots
	@$(BIN)/python -m tests.browser.screenshots

test-aws: .venv/.synced  ## test the stores and keys of AWS against emulators, in an environment of their own
	@$(BIN)/python -m pytest -m aws tests/aws

test-lambda: .venv/.synced  ## test the builds: the functions under Lambda's runtime client, their rights, the wheel
	@$(BIN)/python -m pytest -m aws tests/infra tests/lambda tests/wheel tests/self_host

bench: .venv/.synced  ## measure mailconnect, its peers and the floor, and a growing store (docs/performance.md)
	@$(BIN)/python -m bench

bench-profile: .venv/.synced  ## write a flame graph of a tool call into bench/results
	@$(BIN)/python -m bench.profile

bench-trace: .venv/.synced  ## count the files that one tool call passes through
	@$(BIN)/python -m bench.trace

bench-tasks: .venv/.synced  ## run an owner's tasks with mailconnect and other mail servers for assistants, on one mailbox (needs npm, apt-get)
	@$(BIN)/python -m bench.tasks

.PHONY: bench-memory
bench-memory: .venv/.synced  ## measure memory and waiting times of one process that reads large and hostile mail for sixteen at once
	@$(BIN)/python -m bench.memory

bench-lambda: .venv/.synced  ## measure the cold start of each function, compared with bare needs and FastMCP
	@$(BIN)/python -m bench.lambda_start

doctor: .venv/.synced  ## check a deployment from outside: make doctor URL=https://...
	@$(BIN)/mailconnect doctor $(URL) $(if $(STACK),--stack $(STACK)) $(if $(REGION),--region $(REGION))

EXPLORED := tests/approvals/test_approving_interleavings.py tests/provider/test_refresh_interleavings.py \
	tests/sending/test_sending_interleavings.py
SOAK_ROUNDS ?= 100
SOAK_SECONDS ?= 3600
soak: .venv/.synced  ## kill processes among parallel calls, on SQLite and DynamoDB: SOAK_ROUNDS=100 each, or SOAK_SECONDS=3600; explore every order of steps at length
	@SOAK_ROUNDS=$(SOAK_ROUNDS) SOAK_SECONDS=$(SOAK_SECONDS) $(BIN)/python -m pytest -q -s -m soak tests/soak tests/local/test_kill.py $(EXPLORED)

deploy: .venv/.synced  ## check, build, deploy to AWS and test the result (docs/deploy.md); YES=1 asks nothing
	@$(BIN)/mailconnect deploy $(if $(YES),--yes) $(if $(STACK),--stack $(STACK)) $(if $(REGION),--region $(REGION)) $(if $(ACCOUNT),--account $(ACCOUNT)) $(if $(SET),$(SET))

preflight: .venv/.synced  ## name the obstacles of a deployment; makes nothing
	@$(BIN)/mailconnect deploy --check $(if $(STACK),--stack $(STACK)) $(if $(REGION),--region $(REGION)) $(if $(SET),$(SET))

back: .venv/.synced  ## make a deployment's functions run their version before, at once
	@$(BIN)/mailconnect deploy --back $(if $(STACK),--stack $(STACK)) $(if $(REGION),--region $(REGION)) $(if $(ACCOUNT),--account $(ACCOUNT))

check: .venv/.synced  ## check lint, format, types, which room may import which, lock file
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/uv lock --check --quiet
	@$(BIN)/python -m mailconnect.local.freshness

format: .venv/.synced  ## format, and fix what ruff can fix
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean:  ## delete the environments and the caches (the data stays)
	rm -rf .venv .venv-mutation .mutation .venv-aws .venv-sam .venv-lambda .venv-self-host .venv-bench .bench-tasks .aws-sam .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
