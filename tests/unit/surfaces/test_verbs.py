"""Every operation is on every surface, and in the docs: the walk through the registry."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from nacre.core.operations import Operation
from nacre.surfaces.cli.operation import command_of
from nacre.surfaces.cli.parameters import parameters_of
from nacre.surfaces.cli.tree import commands, local_words, root
from nacre.surfaces.docs.__main__ import generated
from nacre.surfaces.docs.errors import all_raised
from nacre.surfaces.http.arguments import takes_json
from nacre.surfaces.http.described import openapi_of
from nacre.surfaces.mcp.tools import INSTRUCTIONS, Tools
from nacre.surfaces.registry import all_operations
from nacre.surfaces.verbs import describe, read_manifest

_REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
_EVERY = list(all_operations())
_MOST_TOKENS = 2000
_CHARACTERS_PER_TOKEN = 3  # English and JSON run at 3.5 to 4.5 in common tokenizers: counting 3 errs on the safe side

# What all of them ask is made once: there are hundreds of operations.
_VERBS = {operation.name: describe(operation) for operation in _EVERY}
_MANIFEST = read_manifest()
_COMMANDS = commands()
_TOOLS = Tools(_VERBS.values())
_LISTED = _TOOLS.answer("list_operations", {}) or ""
_PAGE, _CLI_PAGE = ((_REFERENCE / name).read_text() for name in ("operations.md", "cli.md"))
_OPENAPI = openapi_of(all_operations())


@pytest.fixture(scope="module")
def whole() -> click.Group:
    return root()


every_operation = pytest.mark.parametrize("operation", _EVERY, ids=lambda operation: operation.name)


def test_a_path_is_told_from_the_root_on_since_the_daemon_is_elsewhere() -> None:
    (path,) = (
        one for one in parameters_of(describe(all_operations().get("knowledge.source.folder"))) if one.name == "path"
    )
    for written in ("./docs", "docs", str(Path("docs").absolute())):
        assert path.type.convert(written, path, None) == str(Path.cwd() / "docs")


@every_operation
def test_it_is_on_the_command_line(operation: Operation):
    verb = _VERBS[operation.name]
    assert _MANIFEST[operation.name] == verb, "run ./nacre generate"
    assert operation.verb in _COMMANDS
    command = command_of(verb)
    offered = {parameter.name for parameter in command.params}
    assert set(operation.input.model_fields) - set(operation.headers) <= offered
    flags = [flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)]
    assert len(flags) == len(set(flags)), "two fields claim one option"


@every_operation
def test_it_is_in_openapi(operation: Operation):
    described = _OPENAPI["paths"][operation.path][operation.method.lower()]
    assert described["operationId"] == operation.name
    fields = {parameter["name"] for parameter in described["parameters"]}
    if takes_json(operation):
        fields |= set(described["requestBody"]["content"]["application/json"]["schema"]["properties"])
    if operation.body is not None:
        assert "application/octet-stream" in described["requestBody"]["content"]
    expected = set(operation.input.model_fields) - {operation.body, *operation.headers}
    assert fields == expected | set(operation.headers.values())


@every_operation
def test_its_path_names_only_required_fields(operation: Operation):
    in_path = {word[1:-1] for word in operation.path.split("/") if word.startswith("{")}
    assert in_path <= {name for name, field in operation.input.model_fields.items() if field.is_required()}


@every_operation
def test_agents_can_find_and_call_it(operation: Operation):
    assert operation.name in _LISTED
    told = json.loads(_TOOLS.answer("describe_operation", {"name": operation.name}) or "")
    assert told["input"] == operation.input.model_json_schema()
    assert _TOOLS.operation("call_operation", {"name": operation.name})[0].name == operation.name


@every_operation
def test_it_is_in_the_reference(operation: Operation):
    assert f"### {operation.name}\n" in _PAGE
    assert f"{operation.method} {operation.path}\n" in _PAGE
    assert f"## nacre {' '.join(operation.verb)}\n" in _CLI_PAGE


def test_every_answer_says_what_its_summary_promises():
    assert all(operation.summary.endswith(".") for operation in _EVERY)


def test_all_tools_together_cost_an_agent_less_than_2000_tokens():
    tools = Tools(describe(operation) for operation in _EVERY).definitions()
    text = "".join(tool.model_dump_json(by_alias=True, exclude_none=True) for tool in tools) + INSTRUCTIONS
    assert len(text) / _CHARACTERS_PER_TOKEN < _MOST_TOKENS


def test_what_agents_rarely_need_is_left_to_be_described_and_taken_all_the_same():
    verb = describe(all_operations().get("search.knowledge"))
    (tool,) = (one for one in Tools([verb]).definitions() if one.name == "search_knowledge")
    assert "query_vector" in verb.fields and "query_vector" not in tool.input_schema["properties"]
    assert Tools([verb]).operation("search_knowledge", {"query_vector": [1.0]})[1] == {"query_vector": [1.0]}


def test_tool_names_are_ones_that_model_providers_accept():
    for tool in Tools(describe(operation) for operation in _EVERY).definitions():
        assert tool.name.replace("_", "").isalnum() and len(tool.name) <= 64


def test_every_generated_file_is_current():
    stale = [path.name for path, text in generated().items() if path.read_text() != text]
    assert not stale, "run ./nacre generate"


def test_what_is_generated_does_not_depend_on_who_was_imported_first():
    check = "from nacre.surfaces.docs.__main__ import main; raise SystemExit(main(['--check']))"
    first = "import nacre.system.operations, nacre.publishing.why_operations"
    subprocess.run([sys.executable, "-c", f"{first}; {check}"], check=True)


def test_every_error_code_is_kebab_case():
    assert [raised.code for raised in all_raised() if not raised.code.replace("-", "").isalnum()] == []
    assert all(raised.code == raised.code.lower() for raised in all_raised())


@pytest.mark.parametrize("words", sorted(_COMMANDS), ids=" ".join)
def test_every_verb_has_help_and_takes_json(words: tuple[str, ...], whole: click.Group):
    command: click.Command = whole
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    assert command.help
    if words not in {("psql",), ("mcp",), ("terminal",)}:  # they speak a protocol of their own
        assert any("--json" in parameter.opts for parameter in command.params)


def test_local_verbs_are_found_by_their_files():
    assert {("up",), ("down",), ("doctor",), ("version",), ("config", "show"), ("mcp",)} <= set(local_words())


def test_a_verb_starts_without_any_subject_or_framework():
    heavy = ("fastapi", "sqlalchemy", "psycopg", "pydantic", "rich", "mcp", "nacre.daemon", "nacre.accounts")
    script = (
        "import sys; from nacre.surfaces.cli.main import main; main(['status', '--json']);"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env={"NACRE_HOME": "/nowhere"}, check=True
    )
    assert json.loads(done.stdout)["error"]["code"] == "daemon-not-running"
    assert done.stderr.strip() == "[]"


def test_passwords_are_asked_for_and_shown_nowhere():
    verb = describe(all_operations().get("account.change-password"))

    @click.pass_context
    def run(context: click.Context, /, **values: str) -> None:
        click.echo(f"told {sorted(values.items())}")

    command = click.Command("change-password", params=parameters_of(verb), callback=run)
    done = CliRunner().invoke(command, [], input="the old one\nthe new one\n")
    assert done.output == "told [('current', 'the old one'), ('new', 'the new one')]\n"  # what is piped in is not asked
    assert "--new" not in CliRunner().invoke(command, ["--help"]).output


def test_a_secret_that_need_not_be_is_asked_for_where_its_option_stands_and_taken_from_no_argument():
    verb = describe(all_operations().get("llm.model.add"))

    @click.pass_context
    def run(context: click.Context, /, **values: str) -> None:
        click.echo(f"told {values['key']}")

    command = click.Command("add", params=parameters_of(verb), callback=run)
    assert CliRunner().invoke(command, ["gpt"]).output == "told None\n"
    assert CliRunner().invoke(command, ["gpt", "--key"], input="the key\n").output == "told the key\n"
    argued = CliRunner().invoke(command, ["gpt", "--key", "the-key"])
    assert argued.exit_code == 2 and "the-key" not in argued.output
