"""docs/deployer-policy.json allows what the templates' resources and the deployer's own calls need, and nothing else.

What a resource needs is by AWS's resource schemas (handlers, permissions of create, read, update and delete), for the
properties that the templates set; what the deployer calls is in mailconnect.cli.deploy.
"""

import json
import re
from typing import Any

import pytest

from tests.infra.environment import PROJECT
from tests.infra.rights import listed
from tests.infra.template import document

pytestmark = pytest.mark.aws

POLICY: dict[str, Any] = json.loads((PROJECT / "docs" / "deployer-policy.json").read_text())
TEMPLATES = ("template.yaml", "infra/state.yaml", "infra/domain.yaml", "infra/observability.yaml")
TAGS = "TagResource UntagResource ListTagsForResource"


def of(service: str, names: str) -> set[str]:
    return {f"{service}:{name}" for name in names.split()}


_API = of("apigateway", "DELETE GET PATCH POST PUT TagResource UntagResource")
_LAMBDA = of(
    "lambda",
    "CreateFunction DeleteFunction GetFunction GetFunctionConfiguration UpdateFunctionCode UpdateFunctionConfiguration "
    "PutFunctionConcurrency DeleteFunctionConcurrency GetFunctionConcurrency TagResource UntagResource ListTags "
    "GetFunctionCodeSigningConfig GetRuntimeManagementConfig GetProvisionedConcurrencyConfig "
    # SAM makes of one: versions, an alias, a permission for the schedule, and how asynchronous events are repeated.
    "PublishVersion ListVersionsByFunction CreateAlias UpdateAlias DeleteAlias GetAlias "
    "AddPermission RemovePermission GetPolicy PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig "
    "DeleteFunctionEventInvokeConfig GetFunctionEventInvokeConfig",
)
_EVENTS = of("events", f"PutRule DeleteRule DescribeRule PutTargets RemoveTargets ListTargetsByRule {TAGS}")
NEEDED: dict[str, set[str]] = {
    "AWS::ApiGatewayV2::Api": _API,
    "AWS::ApiGatewayV2::ApiMapping": _API,
    "AWS::ApiGatewayV2::DomainName": _API,
    "AWS::ApiGatewayV2::Integration": _API,
    "AWS::ApiGatewayV2::Route": _API,
    "AWS::ApiGatewayV2::Stage": _API
    | of(
        "logs",
        "CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries PutResourcePolicy "
        "DescribeResourcePolicies",
    ),
    "AWS::CertificateManager::Certificate": of(
        "acm", "RequestCertificate DescribeCertificate DeleteCertificate AddTagsToCertificate ListTagsForCertificate"
    ),
    "AWS::CloudFormation::Stack": of("cloudformation", "CreateStack UpdateStack DeleteStack DescribeStacks"),
    "AWS::CloudWatch::Alarm": of("cloudwatch", f"PutMetricAlarm DeleteAlarms DescribeAlarms {TAGS}"),
    "AWS::CloudWatch::Dashboard": of("cloudwatch", "PutDashboard GetDashboard DeleteDashboards ListDashboards"),
    "AWS::DynamoDB::Table": of(
        "dynamodb",
        "CreateTable DescribeTable UpdateTable DeleteTable DescribeTimeToLive UpdateTimeToLive "
        "DescribeContinuousBackups UpdateContinuousBackups DescribeContributorInsights GetResourcePolicy "
        "DescribeKinesisStreamingDestination TagResource UntagResource ListTagsOfResource",
    )
    | of(
        "kms",
        "CreateGrant Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo "
        "DescribeKey",
    ),
    "AWS::Events::Rule": _EVENTS,
    "AWS::IAM::Role": of(
        "iam",
        "CreateRole GetRole UpdateRole DeleteRole UpdateAssumeRolePolicy TagRole UntagRole ListRoleTags "
        "ListRolePolicies ListAttachedRolePolicies",
    ),
    "AWS::IAM::RolePolicy": of("iam", "PutRolePolicy GetRolePolicy DeleteRolePolicy"),
    "AWS::KMS::Key": of(
        "kms",
        "CreateKey DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus PutKeyPolicy ListResourceTags "
        "TagResource UntagResource UpdateKeyDescription ScheduleKeyDeletion",
    ),
    "AWS::Lambda::Permission": of("lambda", "AddPermission RemovePermission GetPolicy"),
    "AWS::Logs::LogGroup": of(
        "logs",
        "CreateLogGroup DeleteLogGroup DescribeLogGroups PutRetentionPolicy GetDataProtectionPolicy "
        f"DescribeIndexPolicies {TAGS}",
    ),
    "AWS::Logs::MetricFilter": of("logs", "PutMetricFilter DeleteMetricFilter DescribeMetricFilters"),
    "AWS::Route53::RecordSet": of(
        "route53", "ChangeResourceRecordSets GetChange GetHostedZone ListResourceRecordSets ListHostedZonesByName"
    ),
    "AWS::SNS::Subscription": of("sns", "Subscribe Unsubscribe GetSubscriptionAttributes ListSubscriptionsByTopic"),
    "AWS::SNS::Topic": of(
        "sns",
        "CreateTopic DeleteTopic GetTopicAttributes SetTopicAttributes GetDataProtectionPolicy "
        f"ListSubscriptionsByTopic {TAGS}",
    ),
    "AWS::SNS::TopicPolicy": of("sns", "SetTopicAttributes GetTopicAttributes"),
    "AWS::Serverless::Function": _LAMBDA | _EVENTS | {"iam:PassRole"},
    "AWS::Serverless::LayerVersion": of(
        "lambda", "PublishLayerVersion DeleteLayerVersion GetLayerVersion ListLayerVersions"
    ),
}
THE_DEPLOYERS_OWN = (
    of(
        "cloudformation",
        "CreateChangeSet DescribeChangeSet ExecuteChangeSet DeleteChangeSet DescribeStacks DescribeStackEvents "
        "DeleteStack ListStacks ListStackResources ContinueUpdateRollback UpdateTerminationProtection GetTemplate "
        "GetTemplateSummary ListExports ListImports",
    )
    | of("sts", "GetCallerIdentity")
    | of("iam", "SimulatePrincipalPolicy GetRole")
    | of(
        "lambda",
        "GetAccountSettings InvokeFunction ListVersionsByFunction GetAlias CreateAlias UpdateAlias "
        "DeleteAlias DeleteFunction",
    )
    | of("acm", "ListCertificates RequestCertificate DescribeCertificate")
    | of("route53", "GetHostedZone ListHostedZones")
    | of("budgets", "ViewBudget ModifyBudget")
    | of("cloudwatch", "GetMetricStatistics")
    | of("dynamodb", "ListTables")
    | of("kms", "ListKeys DescribeKey ListResourceTags")
    | of("cloudtrail", "DescribeTrails GetTrailStatus GetEventSelectors")
    # sam package makes its bucket, once, by a stack of its own.
    | of(
        "s3",
        "CreateBucket DeleteBucket DeleteBucketPolicy GetBucketLocation GetBucketPolicy GetBucketPublicAccessBlock "
        "GetBucketTagging GetBucketVersioning GetEncryptionConfiguration GetObject ListBucket PutBucketPolicy "
        "PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutObject",
    )
)


def allowed() -> set[str]:
    return {action for statement in POLICY["Statement"] for action in listed(statement["Action"])}


def types() -> set[str]:
    return {one["Type"] for name in TEMPLATES for one in document(name)["Resources"].values()}


def test_every_type_of_resource_has_its_rights_and_no_right_is_for_nothing() -> None:
    assert {*NEEDED} == types()
    needed = {action for rights in NEEDED.values() for action in rights}
    assert allowed() == needed | THE_DEPLOYERS_OWN


def test_no_right_is_given_by_a_pattern_of_actions() -> None:
    assert not [action for action in allowed() if "*" in action]


def test_a_resource_that_bears_a_name_is_named() -> None:
    """Keys, certificates and alarms have none that is known before, or none that IAM could ask for."""
    for statement in POLICY["Statement"]:
        services = {action.partition(":")[0] for action in listed(statement["Action"])}
        if statement["Resource"] == "*":
            assert services <= {
                *("acm", "budgets", "cloudformation", "cloudtrail", "cloudwatch", "dynamodb", "iam", "kms", "lambda"),
                *("logs", "route53", "sts"),
            }
            assert len(services) == 1 or services == {"iam", "sts"}
    by_sid = {statement["Sid"]: statement for statement in POLICY["Statement"]}
    assert by_sid["RolesAreHandedToFunctions"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}
    }
    assert by_sid["RolesAreMade"]["Resource"] == "arn:aws:iam::*:role/mailconnect*"


def test_it_fits_into_a_role_as_a_policy_of_its_own() -> None:
    """IAM quotas: 10,240 characters in all inline policies of a role, white space not counted."""
    assert len(re.sub(r"\s", "", json.dumps(POLICY))) < 10_240
