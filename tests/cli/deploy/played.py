"""AWS as a deployment sees it, played: stacks go through the states that CloudFormation's documents name.

A creation that fails ends in ROLLBACK_COMPLETE and can only be deleted; a change set that was never executed leaves
REVIEW_IN_PROGRESS; an update that fails ends in UPDATE_ROLLBACK_COMPLETE; nothing to change is a FAILED change set.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
REGION = "eu-north-1"


def refusal(code: str, operation: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@dataclass
class Stack:
    name: str
    status: str
    parameters: dict[str, str] = field(default_factory=dict)
    template: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    updated: int = 0
    protected: bool = False

    @property
    def id(self) -> str:
        return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self.name}/1"


@dataclass
class CloudFormation:
    """`fails` names stacks whose next execution fails, `resists` those that cannot be deleted."""

    stacks: dict[str, Stack] = field(default_factory=dict)
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    fails: set[str] = field(default_factory=set)
    resists: set[str] = field(default_factory=set)
    did: list[str] = field(default_factory=list)
    replaces: bool = False

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        name = StackName.split("/")[1] if StackName.startswith("arn:") else StackName
        if name not in self.stacks:
            if StackName.startswith("arn:"):
                return {"Stacks": [{"StackName": name, "StackId": StackName, "StackStatus": "DELETE_COMPLETE"}]}
            raise refusal("ValidationError", "DescribeStacks", f"Stack with id {StackName} does not exist")
        one = self.stacks[name]
        told = {
            "StackName": name,
            "StackId": one.id,
            "StackStatus": one.status,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in one.parameters.items()],
            "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in one.outputs.items()],
        }
        return {"Stacks": [told | ({"LastUpdatedTime": one.updated} if one.updated else {})]}

    def create_change_set(self, **asked: Any) -> None:
        name, new = asked["StackName"], asked["ChangeSetType"] == "CREATE"
        there = self.stacks.get(name)
        assert new is (there is None or there.status == "REVIEW_IN_PROGRESS"), "CloudFormation would refuse that"
        if new:
            self.stacks[name] = Stack(name, "REVIEW_IN_PROGRESS")
        given = {one["ParameterKey"]: one["ParameterValue"] for one in asked["Parameters"]}
        self.changes[name] = {"parameters": given, "template": asked.get("TemplateBody", asked.get("TemplateURL"))}
        assert asked["Capabilities"] == ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]

    def describe_change_set(self, StackName: str, ChangeSetName: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        change, stack = self.changes[StackName], self.stacks[StackName]
        if (change["parameters"], change["template"]) == (stack.parameters, stack.template):
            reason = "The submitted information didn't contain changes. Submit different information."
            return {"Status": "FAILED", "StatusReason": reason}
        one = {"Action": "Modify", "LogicalResourceId": "Grants", "ResourceType": "AWS::DynamoDB::Table"}
        return {
            "Status": "CREATE_COMPLETE",
            "Changes": [{"ResourceChange": one | {"Replacement": str(self.replaces)}}],
        }

    def delete_change_set(self, StackName: str, ChangeSetName: str) -> None:  # noqa: N803
        self.did.append(f"forget {StackName}")
        del self.changes[StackName]

    def execute_change_set(self, StackName: str, ChangeSetName: str) -> None:  # noqa: N803
        stack, change = self.stacks[StackName], self.changes.pop(StackName)
        new = stack.status == "REVIEW_IN_PROGRESS"
        self.did.append(f"{'make' if new else 'change'} {StackName}")
        stack.updated += 0 if new else 1
        if StackName in self.fails:
            self.fails.remove(StackName)
            stack.status = "ROLLBACK_COMPLETE" if new else "UPDATE_ROLLBACK_COMPLETE"
            return
        stack.status = "CREATE_COMPLETE" if new else "UPDATE_COMPLETE"
        stack.parameters, stack.template = change["parameters"], change["template"]
        domain = change["parameters"].get("DomainName") or "a1.execute-api.example"
        stack.outputs = {"ApiId": "a1", "McpUrl": f"https://{domain}/mcp"}

    def delete_stack(self, StackName: str) -> None:  # noqa: N803
        self.did.append(f"delete {StackName}")
        assert not self.stacks[StackName].protected, "termination protection"
        if StackName in self.resists:
            self.stacks[StackName].status = "DELETE_FAILED"
        else:
            del self.stacks[StackName]

    def continue_update_rollback(self, StackName: str) -> None:  # noqa: N803
        self.did.append(f"roll back {StackName}")
        self.stacks[StackName].status = "UPDATE_ROLLBACK_COMPLETE"

    def update_termination_protection(self, StackName: str, EnableTerminationProtection: bool) -> None:  # noqa: N803
        self.stacks[StackName].protected = EnableTerminationProtection

    def get_paginator(self, operation: str) -> "Pages":
        return Pages(getattr(self, f"_{operation}"))

    def _describe_stack_events(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        name = StackName.split("/")[1] if StackName.startswith("arn:") else StackName
        one = {"StackId": "s", "LogicalResourceId": "Mapping", "ResourceStatus": "CREATE_FAILED"}
        cancelled = one | {"ResourceStatusReason": "Resource creation cancelled"}
        return {"StackEvents": [cancelled, one | {"ResourceStatusReason": f"{name} ran into something"}]}

    def _list_stacks(self, **_: Any) -> dict[str, Any]:
        return {"StackSummaries": [{"StackName": name} for name in self.stacks]}

    def _list_stack_resources(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        return {"StackResourceSummaries": [{"LogicalResourceId": "Grants", "ResourceStatus": "DELETE_FAILED"}]}


@dataclass
class Pages:
    page: Any

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        return [self.page(**asked)]


@dataclass
class Others:
    """All other services. `denied` are actions that IAM would not allow; `refuses` operations that are refused."""

    limit: int = 1000
    free: int = 1000
    zone: str = "example.com."
    certificates: dict[str, str] = field(default_factory=dict)
    budgets: dict[str, Any] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    refuses: dict[str, str] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)
    groups: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    uploaded: list[str] = field(default_factory=list)
    account: str = ACCOUNT
    bucket_owner: str = ACCOUNT
    """Whose SAM's bucket is."""
    versions: dict[str, list[int]] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)
    did: list[str] = field(default_factory=list)

    def get_paginator(self, operation: str) -> Pages:
        return Pages(getattr(self, f"_{operation}"))

    def get_caller_identity(self) -> dict[str, str]:
        self._may("GetCallerIdentity")
        return {"Account": self.account, "Arn": f"arn:aws:sts::{self.account}:assumed-role/deployer/me"}

    def simulate_principal_policy(self, PolicySourceArn: str, ActionNames: Sequence[str], **of: Any) -> dict[str, Any]:  # noqa: N803
        self._may("SimulatePrincipalPolicy")
        assert PolicySourceArn == f"arn:aws:iam::{self.account}:role/deployer"
        assert "*" not in str(of), "a question is of something that has a name"
        decided = [
            {"EvalActionName": name, "EvalDecision": "implicitDeny" if name in self.denied else "allowed"}
            for name in ActionNames
        ]
        return {"EvaluationResults": decided}

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"ConcurrentExecutions": self.limit, "UnreservedConcurrentExecutions": self.free}}

    def get_hosted_zone(self, Id: str) -> dict[str, Any]:  # noqa: N803
        if not self.zone:
            raise refusal("NoSuchHostedZone", "GetHostedZone")
        return {"HostedZone": {"Name": self.zone, "Config": {"PrivateZone": False}}}

    def describe_budgets(self, **_: Any) -> dict[str, Any]:
        self._may("DescribeBudgets")
        return {}

    def create_budget(self, AccountId: str, Budget: dict[str, Any], **more: Any) -> None:  # noqa: N803
        self._may("CreateBudget")
        if Budget["BudgetName"] in self.budgets:
            raise refusal("DuplicateRecordException", "CreateBudget")
        self.budgets[Budget["BudgetName"]] = Budget["BudgetLimit"]["Amount"]

    def update_budget(self, AccountId: str, NewBudget: dict[str, Any]) -> None:  # noqa: N803
        self.budgets[NewBudget["BudgetName"]] = NewBudget["BudgetLimit"]["Amount"]

    def describe_subscribers_for_notification(self, **_: Any) -> dict[str, Any]:
        return {"Subscribers": [{"SubscriptionType": "EMAIL", "Address": "me@example.com"}]}

    def get_role(self, RoleName: str) -> dict[str, Any]:  # noqa: N803
        if RoleName not in self.roles:
            raise refusal("NoSuchEntity", "GetRole")
        return {}

    def get_function(self, FunctionName: str) -> None:  # noqa: N803
        raise refusal("ResourceNotFoundException", "GetFunction")

    def describe_log_groups(self, **_: Any) -> dict[str, Any]:
        return {"logGroups": [{"logGroupName": name} for name in self.groups]}

    def _list_keys(self) -> dict[str, Any]:
        return {"Keys": [{"KeyId": name} for name in self.keys]}

    def describe_key(self, KeyId: str) -> dict[str, Any]:  # noqa: N803
        if KeyId == "elsewhere":
            raise refusal("AccessDeniedException", "DescribeKey")
        return {"KeyMetadata": {"Description": "mailconnect: seals", "KeyState": self.keys[KeyId]}}

    def list_resource_tags(self, KeyId: str) -> dict[str, Any]:  # noqa: N803
        return {"Tags": [{"TagKey": "aws:cloudformation:stack-name", "TagValue": "mailconnect-state"}]}

    def _list_tables(self) -> dict[str, Any]:
        return {"TableNames": self.tables}

    def _list_certificates(self, **_: Any) -> dict[str, Any]:
        listed = [
            {"CertificateArn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/0", "DomainName": name, "Status": status}
            for name, status in self.certificates.items()
        ]
        return {"CertificateSummaryList": listed}

    def request_certificate(self, DomainName: str, **_: Any) -> dict[str, str]:  # noqa: N803
        self.did.append(f"certificate {DomainName}")
        self.certificates[DomainName] = "PENDING_VALIDATION"
        return {"CertificateArn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/0"}

    def describe_certificate(self, CertificateArn: str) -> dict[str, Any]:  # noqa: N803
        [(name, status)] = self.certificates.items()
        record = {"Name": f"_x.{name}.", "Type": "CNAME", "Value": "_y.acm-validations.aws."}
        return {"Certificate": {"Status": status, "DomainValidationOptions": [{"ResourceRecord": record}]}}

    def head_bucket(self, Bucket: str, ExpectedBucketOwner: str) -> None:  # noqa: N803
        if ExpectedBucketOwner != self.bucket_owner:
            raise refusal("403", "HeadBucket", "Forbidden")

    def put_object(self, Bucket: str, Key: str, Body: bytes, ExpectedBucketOwner: str) -> None:  # noqa: N803
        self.head_bucket(Bucket, ExpectedBucketOwner)
        self.uploaded.append(Key)

    def invoke(self, FunctionName: str, **_: Any) -> None:  # noqa: N803
        self.did.append(f"invoke {FunctionName}")

    def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
        return {"Datapoints": [{"Sum": 1.0}]}

    def get_alias(self, FunctionName: str, Name: str) -> dict[str, str]:  # noqa: N803
        if Name != "live":
            raise refusal("ResourceNotFoundException", "GetAlias")
        return {"FunctionVersion": str(self.aliases.get(FunctionName, 1))}

    def create_alias(self, FunctionName: str, Name: str, FunctionVersion: str) -> None:  # noqa: N803
        self.did.append(f"{FunctionName} {Name} {FunctionVersion}")

    def update_alias(self, FunctionName: str, Name: str, FunctionVersion: str) -> None:  # noqa: N803
        self.aliases[FunctionName] = int(FunctionVersion)

    def _list_versions_by_function(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        numbers = self.versions.get(FunctionName, [1])
        return {"Versions": [{"Version": "$LATEST"}, *({"Version": str(number)} for number in numbers)]}

    def delete_function(self, FunctionName: str, Qualifier: str) -> None:  # noqa: N803
        self.versions[FunctionName].remove(int(Qualifier))

    def _may(self, operation: str) -> None:
        if operation in self.refuses:
            raise refusal(self.refuses[operation], operation)


@dataclass
class Aws:
    cloudformation: CloudFormation = field(default_factory=CloudFormation)
    others: Others = field(default_factory=Others)

    def __post_init__(self) -> None:
        bucket = Stack("aws-sam-cli-managed-default", "CREATE_COMPLETE", outputs={"SourceBucket": "bucket"})
        self.cloudformation.stacks[bucket.name] = bucket

    def __call__(self, service: str) -> Any:
        return self.cloudformation if service == "cloudformation" else self.others

    @property
    def stacks(self) -> dict[str, Stack]:
        """But for SAM's own."""
        return {name: one for name, one in self.cloudformation.stacks.items() if not name.startswith("aws-sam")}


@dataclass
class Sam:
    """Packages what is different each time, as each build is."""

    ran: list[str] = field(default_factory=list)
    code: int = 0

    def __call__(self, command: Sequence[str]) -> int:
        self.ran.append(" ".join(command[:2]))
        Path(".aws-sam").mkdir(exist_ok=True)
        Path(".aws-sam/packaged.yaml").write_text(json.dumps({"build": len(self.ran)}))
        return self.code
