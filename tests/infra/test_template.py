"""The values in template.yaml, except the rights (tests/lambda/test_rights.py)."""

import contextlib
import json
import re
from typing import Any

import pytest

from mailconnect.composition.mcp import mcp_routes
from mailconnect.composition.oauth import oauth_routes
from mailconnect.composition.web import web_routes
from mailconnect.mcp.mailconnect import mailconnect
from mailconnect.outbound.exchange import ExchangeBounds
from mailconnect.provider.attempt import NEEDED_SECONDS
from mailconnect.settings import SettingError, from_environment
from mailconnect.sweep.revocation import KEY_LOST_AFTER
from tests.bridge import Bridge
from tests.infra.rights import listed
from tests.infra.template import ACCOUNT, ENTRY_POINTS, FUNCTIONS, REGION, STACK, Deployment, document

pytestmark = [pytest.mark.aws, pytest.mark.anyio]

HTTP_ENTRY_POINTS = ("Oauth", "Web", "Mcp")


def of_type(kind: str, template: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    resources = (template or document())["Resources"]
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


# ---------------------------------------------------------------- routes and limits


async def test_the_gateways_routes_are_the_entry_points_routes(deployment: Deployment, bridge: Bridge) -> None:
    entries = {
        "Oauth": oauth_routes(bridge.adapters.stores),
        "Web": web_routes(bridge.adapters, sealer=bridge.keys, owners=bridge.keys),
        "Mcp": mcp_routes(bridge.adapters),
    }
    served = {f"ANY {route.path}": entry for entry, routes in entries.items() for route in routes}
    assert deployment.routes() == served


def test_a_route_has_settings_only_where_they_differ_from_the_default(deployment: Deployment) -> None:
    """API Gateway refuses a stage with settings of a route that is gone."""
    stage = deployment.properties("ApiStage")
    assert {*stage["RouteSettings"]} == {"ANY /mcp"}
    # CloudFormation looks for the routes of these settings when it makes the stage.
    depended = deployment.properties(deployment.resource("ApiStage")["DependsOn"])
    assert depended["RouteKey"] == "ANY /mcp"
    maximum = int(deployment.template["Parameters"]["CallsPerSecond"]["Default"])
    calls = stage["RouteSettings"]["ANY /mcp"]
    assert {name: int(limit) for name, limit in calls.items()} == dict.fromkeys(
        ("ThrottlingRateLimit", "ThrottlingBurstLimit"), maximum
    )
    # The maximum that a flood of unauthenticated calls may cost (docs/costs.md), beside the tool calls.
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 500, "ThrottlingBurstLimit": 1000}


@pytest.mark.row("RG-26")
def test_no_throttle_is_so_low_that_a_single_address_could_use_it_up_for_everybody(
    deployment: Deployment,
) -> None:
    """Ten times what the functions allow even to a network that many people's assistants call from."""
    told = from_environment(deployment.environment("Oauth"))
    hourly = (
        told.registrations_per_hour,
        told.fetches_per_minute * 60,
        told.decisions_per_hour,
        told.failures_per_hour,
        told.calls_per_minute * 60,
    )
    maximum = told.shared_factor * max(hourly) / 3600
    stage = deployment.properties("ApiStage")
    for limits in (stage["DefaultRouteSettings"], *stage["RouteSettings"].values()):
        assert int(limits["ThrottlingRateLimit"]) >= 10 * maximum
        assert int(limits["ThrottlingBurstLimit"]) >= int(limits["ThrottlingRateLimit"])


@pytest.mark.parametrize("entry", HTTP_ENTRY_POINTS)
def test_the_provider_gives_up_before_the_function_and_the_function_before_the_gateway(
    deployment: Deployment, entry: str
) -> None:
    function, gateway = (
        deployment.of_function(entry, "Timeout"),
        deployment.properties(f"{entry}Integration"),
    )
    assert ExchangeBounds().total < function
    assert function * 1000 < gateway["TimeoutInMillis"] <= 30_000
    assert function > NEEDED_SECONDS


@pytest.mark.row("DP-03")
def test_with_a_domain_the_gateways_own_name_leads_nowhere() -> None:
    for domain in ("", "mail.example.com"):
        deployment = Deployment(document(), {}, {"DomainName": domain})
        assert deployment.properties("Api")["DisableExecuteApiEndpoint"] is bool(domain)
    assert (
        of_type("AWS::ApiGatewayV2::DomainName", document("infra/domain.yaml"))["Name"]["Properties"][
            "DomainNameConfigurations"
        ][0]["SecurityPolicy"]
        == "TLS_1_2"
    )


def test_the_access_log_has_no_query_no_header_and_no_address(deployment: Deployment) -> None:
    log = deployment.properties("ApiStage")["AccessLogSettings"]["Format"]
    assert {*re.findall(r"\$context\.([A-Za-z.]+)", log)} == {
        "requestTimeEpoch",
        "requestId",
        "routeKey",
        "httpMethod",
        "status",
        "responseLength",
        "responseLatency",
        "integrationLatency",
        "integrationStatus",
        "error.responseType",
    }
    json.loads(log)


# ---------------------------------------------------------------- functions


@pytest.mark.parametrize("entry", FUNCTIONS)
def test_each_function_is_made_as_the_design_says(deployment: Deployment, entry: str) -> None:
    assert deployment.of_function(entry, "Runtime") == "python3.13"
    assert deployment.of_function(entry, "Architectures") == ["arm64"]
    assert deployment.of_function(entry, "Tracing") == "Disabled"
    assert int(deployment.of_function(entry, "ReservedConcurrentExecutions")) > 0
    assert deployment.of_function(entry, "Handler") == f"handlers.{entry.lower()}.handler"
    assert deployment.properties(f"{entry}Log")["RetentionInDays"] == 14
    has_snapshot = deployment.of_function(entry, "SnapStart") == {"ApplyOn": "PublishedVersions"}
    assert has_snapshot is (deployment.of_function(entry, "AutoPublishAlias") == "live") is (entry in HTTP_ENTRY_POINTS)


@pytest.mark.parametrize("entry", HTTP_ENTRY_POINTS)
def test_a_deployed_version_is_published_and_the_one_before_stays_as_a_way_back(
    deployment: Deployment, entry: str
) -> None:
    assert deployment.of_function(entry, "AutoPublishAliasAllProperties") is True
    assert deployment.of_function(entry, "VersionDeletionPolicy") == "Retain"
    assert deployment.properties("Dependencies")["PublishLambdaVersion"] is True


def test_without_reserved_concurrency_nothing_is_reserved() -> None:
    deployment = Deployment(document(), {}, {"ReserveConcurrency": "no"})
    template = deployment.template["Resources"]
    for entry in FUNCTIONS:
        reserved = template[f"{entry}Function"]["Properties"]["ReservedConcurrentExecutions"]
        assert deployment.resolved([reserved]) == []


def test_the_parameter_says_how_much_is_reserved(deployment: Deployment) -> None:
    together = sum(int(deployment.of_function(entry, "ReservedConcurrentExecutions")) for entry in FUNCTIONS)
    assert f"{together} in all" in deployment.template["Parameters"]["ReserveConcurrency"]["Description"]


@pytest.mark.row("OP-01")
def test_operator_and_sweep_have_no_way_in_from_the_internet(deployment: Deployment) -> None:
    reached = {str(one["Properties"]["FunctionName"]["Ref"]) for one in of_type("AWS::Lambda::Permission").values()}
    assert reached == {f"{entry}Function.Alias" for entry in HTTP_ENTRY_POINTS}
    for name, function in of_type("AWS::Serverless::Function").items():
        assert "FunctionUrlConfig" not in function["Properties"], name
        events = [event["Type"] for event in function["Properties"].get("Events", {}).values()]
        assert events == (["Schedule"] if name == "SweepFunction" else []), name
    assert not of_type("AWS::Lambda::Url")


def test_the_attachments_function_has_no_right_but_its_log_and_no_setting_of_its_own(deployment: Deployment) -> None:
    [statement] = deployment.properties("AttachmentsRights")["PolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": deployment.resolved({"Fn::GetAtt": "AttachmentsLog.Arn"}),
    }
    everybodys = deployment.template["Globals"]["Function"]["Environment"]["Variables"]
    assert {*deployment.environment("Attachments")} == {*everybodys}
    assert deployment.environment("Mcp")["ATTACHMENTS_FUNCTION"] == "mailconnect-attachments"
    assert deployment.of_function("Attachments", "Timeout") < deployment.of_function("Mcp", "Timeout")


def test_every_resource_is_of_a_kind_that_these_tests_know() -> None:
    # docs/deployer-policy.json has the rights that each takes.
    assert {resource["Type"] for resource in document()["Resources"].values()} == {
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
        "AWS::CloudFormation::Stack",
        "AWS::IAM::Role",
        "AWS::IAM::RolePolicy",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::Serverless::Function",
        "AWS::Serverless::LayerVersion",
    }


def test_a_role_is_for_its_function_and_has_no_policy_but_its_rights() -> None:
    for name, role in of_type("AWS::IAM::Role").items():
        assert {*role["Properties"]} == {"RoleName", "AssumeRolePolicyDocument"}, name
        [statement] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}, name
    for name, function in of_type("AWS::Serverless::Function").items():
        assert function["Properties"]["Role"] == {"Fn::GetAtt": [name.replace("Function", "Role"), "Arn"]}
        assert not {"Policies", "KmsKeyArn", "VpcConfig"} & {*function["Properties"]}


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize("entry", FUNCTIONS)
def test_each_function_understands_what_it_is_told(deployment: Deployment, entry: str) -> None:
    told = from_environment(deployment.environment(entry))
    assert told.issuer == "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
    assert told.provider == "fastmail"


@pytest.mark.row("DP-05")
def test_no_variable_and_no_parameter_is_for_a_secret(deployment: Deployment) -> None:
    names = {name for entry in ENTRY_POINTS for name in deployment.environment(entry)}
    assert {name for name in names if not name.startswith("MAILCONNECT_")} == {
        "API_ID",
        "ATTACHMENTS_FUNCTION",
        "APPROVALS_TABLE",
        "AUDIT_TABLE",
        "CLIENTS_TABLE",
        "FRONT_KEY_HASH",
        "GRANTS_TABLE",
        "LEDGER_TABLE",
        "SWITCHES_TABLE",
        "SEALING_KEY",
        "OWNER_KEY",
        "SWEEP_FUNCTION",
    }
    for name in ("template.yaml", "infra/state.yaml", "infra/domain.yaml", "infra/observability.yaml"):
        for parameter in document(name)["Parameters"].values():
            assert "NoEcho" not in parameter


def test_a_function_is_told_of_what_it_has_rights_to_and_of_nothing_else(deployment: Deployment) -> None:
    for entry in ENTRY_POINTS:
        policy = json.dumps(deployment.properties(f"{entry}Rights"))
        own = deployment.environment(entry)
        for variable, output in {
            "APPROVALS_TABLE": "ApprovalsTableArn",
            "AUDIT_TABLE": "AuditTableArn",
            "CLIENTS_TABLE": "ClientsTableArn",
            "GRANTS_TABLE": "GrantsTableArn",
            "LEDGER_TABLE": "LedgerTableArn",
            "SWITCHES_TABLE": "SwitchesTableArn",
            "SEALING_KEY": "SealingKeyArn",
            "OWNER_KEY": "OwnerKeyArn",
        }.items():
            assert (variable in own) is (f"the {output}" in policy), (entry, variable)


@pytest.mark.row("DP-11")
def test_where_tools_write_the_assistants_entry_point_looks_at_the_switches(deployment: Deployment) -> None:
    writes = any(tool.writes for tool in mailconnect("").tools)
    assert ("SWITCHES_TABLE" in deployment.environment("Mcp")) is writes


def test_every_parameter_is_described_and_bounded() -> None:
    grouped = [
        name
        for group in document()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        for name in group["Parameters"]
    ]
    assert sorted(grouped) == sorted(document()["Parameters"])
    for name, parameter in document()["Parameters"].items():
        assert len(parameter["Description"]) > 20, name
        assert "Default" in parameter, name
        assert {"AllowedValues", "AllowedPattern", "MaxValue"} & {*parameter}, name


def assert_is_the_default(setting: str, declared: dict[str, Any]) -> None:
    assert from_environment({f"MAILCONNECT_{setting}": str(declared["Default"])}) == from_environment({})


NUMBERS = {
    "AccessLifetime": "ACCESS_LIFETIME",
    "RefreshIdle": "REFRESH_IDLE",
    "GrantLifetime": "GRANT_LIFETIME",
    "RefreshGrace": "REFRESH_GRACE",
    "CallsPerMinute": "CALLS_PER_MINUTE",
    "CallsPerDay": "CALLS_PER_DAY",
}


@pytest.mark.parametrize(("parameter", "setting"), NUMBERS.items())
def test_a_number_has_the_bounds_and_the_default_of_its_setting(parameter: str, setting: str) -> None:
    declared = document()["Parameters"][parameter]
    assert_is_the_default(setting, declared)
    # A template cannot compare two parameters: any RefreshIdle must do beside the longest AccessLifetime.
    longest = {"MAILCONNECT_ACCESS_LIFETIME": str(document()["Parameters"]["AccessLifetime"]["MaxValue"])}
    for value in (declared["MinValue"], declared["MaxValue"]):
        from_environment(longest | {f"MAILCONNECT_{setting}": str(value)})
    for value in (declared["MinValue"] - 1, declared["MaxValue"] + 1):
        with pytest.raises(SettingError):
            from_environment(longest | {f"MAILCONNECT_{setting}": str(value)})


def test_the_shared_networks_are_the_settings() -> None:
    declared = document()["Parameters"]["SharedNetworks"]
    assert_is_the_default("SHARED_NETWORKS", declared)
    assert from_environment({"MAILCONNECT_SHARED_NETWORKS": "192.0.2.0/24 2001:db8::/32"}).shared_networks


def test_whether_documents_are_taken_is_the_settings_choice() -> None:
    declared = document()["Parameters"]["ClientIdMetadata"]
    assert_is_the_default("CLIENT_ID_METADATA", declared)
    for choice in declared["AllowedValues"]:
        from_environment({"MAILCONNECT_CLIENT_ID_METADATA": choice})


def test_the_choice_of_scopes_is_the_settings() -> None:
    for family in document()["Parameters"]["ScopeFamily"]["AllowedValues"]:
        from_environment({"MAILCONNECT_SCOPE_FAMILY": family})


def test_the_providers_are_those_of_the_settings_but_the_sandbox() -> None:
    declared = document()["Parameters"]
    for provider in declared["Provider"]["AllowedValues"]:
        url = "https://mail.example.com/jmap" if provider == "jmap" else ""
        from_environment({"MAILCONNECT_PROVIDER": provider, "MAILCONNECT_SESSION_URL": url})
    assert declared["SendResource"]["AllowedValues"] == ["yes", "no"]
    assert_is_the_default("SEND_RESOURCE", declared["SendResource"])
    assert declared["ProviderPkce"]["AllowedValues"] == ["announced", "assumed"]
    assert_is_the_default("PROVIDER_PKCE", declared["ProviderPkce"])


JMAP = {"Provider": "jmap", "SessionUrl": "https://mail.example.com/.well-known/jmap"}


@pytest.mark.parametrize(
    "given",
    [
        {},
        JMAP,
        JMAP | {"ProviderName": "Mail", "ProviderHosts": "*.example.com", "Scopes": "mail", "ApiTokenHint": "Settings"},
        JMAP | {"ProviderIssuer": "https://login.example.com"},
        {"Provider": "jmap"},
        *({"Provider": "fastmail", name: "https://mail.example.com"} for name in ("SessionUrl", "ProviderIssuer")),
        *({"Provider": "fastmail", name: "x"} for name in ("ProviderName", "ProviderHosts", "Scopes", "ApiTokenHint")),
    ],
)
def test_parameters_with_which_no_function_would_start_are_refused_before_anything_is_made(
    given: dict[str, str],
) -> None:
    state = {name: f"the {name}" for name in document("infra/state.yaml")["Outputs"]}
    deployment = Deployment(document(), state, given)
    starts = contextlib.nullcontext() if not deployment.broken_rules() else pytest.raises(SettingError)
    with starts:
        from_environment(deployment.environment("Web"))


def test_a_zone_without_a_domain_is_refused_as_nothing_would_be_made_in_it() -> None:
    assert not Deployment(document(), {}, {"HostedZoneId": "Z1", "DomainName": "mail.example.com"}).broken_rules()
    arn = "arn:aws:acm:eu-central-1:123456789012:certificate/0"
    assert not Deployment(document(), {}, {"DomainName": "mail.example.com", "CertificateArn": arn}).broken_rules()
    [unproven] = Deployment(document(), {}, {"DomainName": "mail.example.com"}).broken_rules()
    assert "keep this deployment waiting" in unproven
    [broken] = Deployment(document(), {}, {"CertificateArn": arn}).broken_rules()
    assert "DomainName" in broken
    [broken] = Deployment(document(), {}, {"HostedZoneId": "Z1"}).broken_rules()
    assert "DomainName" in broken


def test_the_service_is_reached_by_ipv6_too(deployment: Deployment) -> None:
    assert deployment.properties("Api")["IpAddressType"] == "dualstack"
    made = document("infra/domain.yaml")["Resources"]
    assert made["Name"]["Properties"]["DomainNameConfigurations"][0]["IpAddressType"] == "dualstack"
    records = of_type("AWS::Route53::RecordSet", document("infra/domain.yaml")).values()
    assert {record["Properties"]["Type"] for record in records} == {"A", "AAAA"}


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        ("SessionUrl", ["", "https://mail.example.com/.well-known/jmap"], ["http://mail.example.com", "https://a b"]),
        ("ProviderHosts", ["", "api.example.com *.example.net"], ["API.example.com", "https://a.example"]),
        ("ProviderIssuer", ["", "https://login.example.com/tenant"], ["login.example.com"]),
        ("DomainName", ["", "mail.example.com", "a.io"], ["Mail.example.com", "https://a.io", "a", "a.io/", "-a.io"]),
        ("HostedZoneId", ["", "Z0123456789ABC"], ["/hostedzone/Z1", "z1"]),
        ("AlarmEmail", ["", "me@example.com"], ["me", "me@example.com me@example.com"]),
        ("FastmailClientId", ["", "client-1"], ["two words"]),
        ("Accent", ["#1c4a9b", "#ABCDEF"], ["", "red", "#abc", "#1234567"]),
        ("ServiceName", ["mailconnect", "Mail für alle"], ["", "<b>"]),
    ],
)
def test_a_parameter_takes_good_values_alone(parameter: str, good: list[str], bad: list[str]) -> None:
    parameters = document("infra/observability.yaml")["Parameters"] | document()["Parameters"]
    pattern = re.compile(parameters[parameter]["AllowedPattern"])
    assert [value for value in good if not pattern.fullmatch(value)] == []
    assert [value for value in bad if pattern.fullmatch(value)] == []


# ---------------------------------------------------------------- state


STATE = "infra/state.yaml"


def test_tables_and_keys_outlast_the_deployment() -> None:
    for name, resource in document(STATE)["Resources"].items():
        policies = (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
        assert policies == ("RetainExceptOnCreate", "Retain"), name


def test_the_state_names_nothing_of_the_service_but_its_name() -> None:
    assert {*document(STATE)["Parameters"]} == {"Service", "Protect"}
    for name, output in document(STATE)["Outputs"].items():
        assert output["Export"] == {"Name": {"Fn::Sub": f"${{Service}}-state-{name}"}}


def test_the_state_stack_exports_everything_that_the_others_import() -> None:
    exported = {*document(STATE)["Outputs"]}
    for template in ("template.yaml", "infra/observability.yaml"):
        imported = {
            *re.findall(
                r'"Fn::ImportValue": \{"Fn::Sub": "\$\{[A-Za-z:]+\}-state-(\w+)"', json.dumps(document(template))
            )
        }
        assert imported, template
        assert imported <= exported


def test_while_it_is_made_the_state_can_be_taken_away_and_afterwards_it_cannot() -> None:
    for protect, kept in (("no", False), ("yes", True)):
        state = Deployment(document(STATE), {}, {"Service": STACK, "Protect": protect})
        for table in of_type("AWS::DynamoDB::Table", document(STATE)):
            assert state.properties(table)["DeletionProtectionEnabled"] is kept
        for key in of_type("AWS::KMS::Key", document(STATE)):
            may = [one for one in state.properties(key)["KeyPolicy"]["Statement"] if "ScheduleKeyDeletion" in str(one)]
            assert bool(may) is not kept, key
    assert document(STATE)["Parameters"]["Protect"]["Default"] == "yes"


def test_the_tables_are_as_the_design_says() -> None:
    tables = of_type("AWS::DynamoDB::Table", document(STATE))
    recovery = {
        name: table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        for name, table in tables.items()
    }
    assert recovery == dict.fromkeys(("Grants", "Ledger", "Switches", "Audit", "Approvals"), False) | {"Clients": True}
    window = tables["Clients"]["Properties"]["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"]
    assert window == 35
    for name, table in tables.items():
        made = table["Properties"]
        assert made["DeletionProtectionEnabled"] == {"Fn::If": ["Protected", True, False]}, name
        expires = {"AttributeName": "ttl", "Enabled": True} if name != "Switches" else None
        assert made.get("TimeToLiveSpecification") == expires, name
        assert made["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": ["TablesKey", "Arn"]}, name
        assert "StreamSpecification" not in made, name
        for index in made.get("GlobalSecondaryIndexes", []):
            assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}, name
    assert {name: keys_of(table["Properties"]) for name, table in tables.items()} == {
        "Clients": ["id"],
        "Grants": ["id"],
        "Ledger": ["key"],
        "Switches": ["id"],
        "Audit": ["owner", "id"],
        "Approvals": ["id"],
    }
    indexes = tables["Grants"]["Properties"]["GlobalSecondaryIndexes"]
    assert {index["IndexName"]: keys_of(index) for index in indexes} == {
        "due": ["due_shard", "due_at"],
        "owner": ["owner", "id"],
    }
    assert [name for name, table in tables.items() if "GlobalSecondaryIndexes" in table["Properties"]] == [
        "Grants",
        "Approvals",
    ]


def keys_of(table_or_index: dict[str, Any]) -> list[str]:
    """The hash key, and the range key where there is one."""
    schema = table_or_index["KeySchema"]
    assert [key["KeyType"] for key in schema] == ["HASH", "RANGE"][: len(schema)]
    return [key["AttributeName"] for key in schema]


def test_a_key_waits_before_it_is_gone_for_as_long_as_a_lost_one_is_hoped_for() -> None:
    keys = of_type("AWS::KMS::Key", document(STATE))
    waits = {name: key["Properties"]["PendingWindowInDays"] * 86_400 for name, key in keys.items()}
    assert len(waits) == 3
    assert {*waits.values()} == {KEY_LOST_AFTER}


def test_no_log_is_kept_for_longer_than_two_weeks(deployment: Deployment) -> None:
    logs = of_type("AWS::Logs::LogGroup")
    assert {*logs} == {"AccessLog", *(f"{name}Log" for name in FUNCTIONS)}
    assert {deployment.properties(name)["RetentionInDays"] for name in logs} == {14}


def statements(key: str) -> list[dict[str, Any]]:
    """Once it is made."""
    state = Deployment(document(STATE), {}, {"Service": STACK})
    return list(state.properties(key)["KeyPolicy"]["Statement"])


ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def role(entry: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{STACK}-{REGION}-{entry.lower()}"


@pytest.mark.parametrize("entry", ENTRY_POINTS)
def test_a_role_bears_the_name_that_the_keys_know(deployment: Deployment, entry: str) -> None:
    """Not as a principal, which KMS keeps by its id: a role that is made again has another, and would be locked out."""
    assert deployment.resolved({"Fn::GetAtt": f"{entry}Role.Arn"}) == role(entry)
    assert len(f"{'s' * 32}-ap-southeast-7-attachments") <= 64


@pytest.mark.row("DP-02")
def test_no_key_policy_names_everybody_or_every_action() -> None:
    for key in of_type("AWS::KMS::Key", document(STATE)):
        for statement in statements(key):
            assert statement["Effect"] == "Allow"
            assert "NotPrincipal" not in statement
            assert "*" not in json.dumps([statement["Principal"], statement["Action"]]), key
            assert statement["Principal"] == ROOT


def allowed_to(key: str, action: str) -> list[dict[str, Any]]:
    return [statement for statement in statements(key) if action in listed(statement["Action"])]


@pytest.mark.row("DP-02")
def test_sweep_alone_opens_and_only_to_revoke() -> None:
    [opens] = allowed_to("SealingKey", "kms:Decrypt")
    assert opens["Condition"]["ArnEquals"] == {"aws:PrincipalArn": role("Sweep")}
    assert opens["Condition"]["StringEquals"]["kms:EncryptionContext:purpose"] == "revoke"
    [seals] = allowed_to("SealingKey", "kms:Encrypt")
    assert seals["Condition"]["ArnEquals"] == {"aws:PrincipalArn": role("Web")}


@pytest.mark.row("DP-02")
def test_nobody_hands_a_key_on_or_ends_it_without_changing_its_policy_first() -> None:
    for key in of_type("AWS::KMS::Key", document(STATE)):
        assert not allowed_to(key, "kms:ScheduleKeyDeletion"), key
    for key in ("SealingKey", "OwnerKey"):
        assert not allowed_to(key, "kms:CreateGrant"), key
        assert not allowed_to(key, "kms:ReEncryptFrom"), key


@pytest.mark.row("DP-02")
def test_keys_that_can_rotate_do() -> None:
    keys = of_type("AWS::KMS::Key", document(STATE))
    for key in keys.values():
        symmetric = "KeySpec" not in key["Properties"]
        assert key["Properties"].get("EnableKeyRotation", False) is symmetric


def test_the_tables_key_serves_dynamodb_alone() -> None:
    [functions] = [statement for statement in statements("TablesKey") if statement["Sid"] == "TablesAreUsed"]
    assert functions["Condition"]["ArnEquals"] == {"aws:PrincipalArn": [role(entry) for entry in ENTRY_POINTS]}
    for statement in statements("TablesKey"):
        if statement["Sid"] != "Administration":
            through = statement["Condition"]["StringEquals"]["kms:ViaService"]
            assert through == f"dynamodb.{REGION}.amazonaws.com"
