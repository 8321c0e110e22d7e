"""A deployment from its beginning to its end: state, service, alarms, budget, in that order.

Each stack stands by itself. The first holds the data of the owners: it is made once, kept, and protected as soon as it
is whole. The second can be made again over the first whenever it is lost. The last two may fail.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from mailconnect.cli.deploy import budget, certificate, sam, template, versions
from mailconnect.cli.deploy.stack_state import StackState, outputs, parameters, state_of
from mailconnect.cli.deploy.stacks import StackOutcome, Stacks, Wanted
from mailconnect.cli.subcommand import CommandFailed

Clients = Callable[[str], Any]
_FIRST_ROUND = 180
"""Seconds that the first run of `sweep` may take to show in CloudWatch. The alarm on its silence would ring before."""
_ISSUED = "CertificateArn"


@dataclass(frozen=True, slots=True)
class Deployment:
    stack: str
    region: str
    clients: Clients
    stacks: Stacks
    run: sam.Run
    pause: Callable[[float], None] = time.sleep

    @property
    def state(self) -> str:
        return f"{self.stack}-state"

    @property
    def alarms(self) -> str:
        return f"{self.stack}-alarms"

    def deployed(self) -> dict[str, str]:
        """The parameters of the deployed stacks, service and alarms; empty where none works yet."""
        found: dict[str, str] = {}
        for name, wanted in ((self.stack, None), (self.alarms, template.OF_ALARMS)):
            stack = self.stacks.see(name)
            if state_of(stack) in (StackState.WORKING, StackState.STUCK, StackState.MOVING):
                given = parameters(stack)
                found |= {key: value for key, value in given.items() if wanted is None or key in wanted}
        return found

    def certified(self, told: Mapping[str, str]) -> dict[str, str]:
        """With the certificate of a domain that no zone proves. Raises CommandFailed while it waits."""
        if told["DomainName"] and not told["HostedZoneId"] and not told[_ISSUED]:
            return {**told, _ISSUED: certificate.issued(self.clients("acm"), told["DomainName"], self.pause)}
        return dict(told)

    def put(self, told: Mapping[str, str]) -> str | None:
        """The address that people give to their assistant; None where the operator said no. Raises CommandFailed."""
        for name, keeps in ((self.state, True), (self.stack, False), (self.alarms, False)):
            self.stacks.mend(name, keeps=keeps)
        stage = told["Stage"]
        if not self._put_state(stage):
            return None
        self._check_bucket()
        packaged = self._in_the_bucket(sam.packaged(self.run, self.region).read_bytes())
        own = {name: value for name, value in told.items() if name not in template.OF_ALARMS}
        if self.stacks.put(Wanted(self.stack, packaged, own, stage, nested=True)) is StackOutcome.DECLINED:
            return None
        self.stacks.protect(self.stack)
        made = outputs(self.stacks.see(self.stack))
        for warning in (self._put_alarms(told, made["ApiId"], stage), self._put_budget(told), self._pruned()):
            if warning:
                self.stacks.say(f"warn  {warning}.")
        return made["McpUrl"]

    def _put_state(self, stage: str) -> bool:
        """Whole first, then protected: what fails half-way can be taken away again, and nothing is in it yet."""
        text = template.STATE.read_text(encoding="utf-8")
        there = state_of(self.stacks.see(self.state)) is StackState.WORKING
        for protect in ("yes",) if there else ("no", "yes"):
            given = {"Service": self.stack, "Protect": protect}
            stacks = self.stacks if there or protect == "no" else self._unasking()
            if stacks.put(Wanted(self.state, text, given, stage, keeps=True)) is StackOutcome.DECLINED:
                return False
        self.stacks.protect(self.state)
        return True

    def _unasking(self) -> Stacks:
        """The stacks without a question: the operator has said yes to all of it already."""
        one = self.stacks
        return Stacks(one.cloudformation, one.say, lambda _: True, one.pause, one.stamp)

    def _check_bucket(self) -> None:
        """SAM's bucket, if there is one, is this account's. Raises CommandFailed.

        After a bucket was deleted, anybody can have its name, and would get the functions' code and could change it.
        """
        bucket = outputs(self.stacks.see(sam.BUCKET_STACK)).get("SourceBucket")
        if bucket is None:
            return
        try:
            self.clients("s3").head_bucket(Bucket=bucket, ExpectedBucketOwner=self._account())
        except ClientError as error:
            raise CommandFailed(
                f"The bucket {bucket} of {sam.BUCKET_STACK} is not there, or is not this account's "
                f"({error.response.get('Error', {}).get('Code')}). Nothing is put into it. Delete the stack "
                f"{sam.BUCKET_STACK}, and repeat: sam makes another bucket"
            ) from None

    def _account(self) -> str:
        return str(self.clients("sts").get_caller_identity()["Account"])

    def _in_the_bucket(self, packaged: bytes) -> str:
        """The address of the template: it may be longer than CloudFormation takes directly."""
        bucket = outputs(self.stacks.see(sam.BUCKET_STACK)).get("SourceBucket")
        if bucket is None:
            raise CommandFailed(f"{sam.BUCKET_STACK} has no bucket: sam package did not make it")
        key = f"{self.stack}/{hashlib.sha256(packaged).hexdigest()}.template"
        self.clients("s3").put_object(Bucket=bucket, Key=key, Body=packaged, ExpectedBucketOwner=self._account())
        return f"https://{bucket}.s3.{self.region}.amazonaws.com/{key}"

    def _put_alarms(self, told: Mapping[str, str], api: str, stage: str) -> str | None:
        """A warning where they could not be made."""
        text = template.ALARMS.read_text(encoding="utf-8")
        given = {"Name": self.stack, "ApiId": api, **{name: told[name] for name in template.OF_ALARMS}}
        try:
            if state_of(self.stacks.see(self.alarms)) is not StackState.WORKING:
                self._await_first_round()
            if self.stacks.put(Wanted(self.alarms, text, given, stage)) is StackOutcome.DECLINED:
                return "The alarms are as they were"
        except (CommandFailed, BotoCoreError, ClientError) as error:
            return f"It is deployed, but without its newest alarms: {str(error).removesuffix('.')}"
        return None

    def _await_first_round(self) -> None:
        """Until CloudWatch has seen `sweep` run once, or for as long as is reasonable."""
        function = f"{self.stack}-sweep"
        self.clients("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
        waited = 0.0
        while waited < _FIRST_ROUND and not self._has_run(function):
            self.pause(15)
            waited += 15

    def _has_run(self, function: str) -> bool:
        now = time.time()
        told = self.clients("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Invocations",
            Dimensions=[{"Name": "FunctionName", "Value": function}],
            StartTime=now - 900,
            EndTime=now + 60,
            Period=60,
            Statistics=["Sum"],
        )
        return any(point["Sum"] > 0 for point in told["Datapoints"])

    def _put_budget(self, told: Mapping[str, str]) -> str | None:
        try:
            account = self._account()
        except (BotoCoreError, ClientError):
            return "There is no budget: the account's number is not known"
        name = f"{self.stack}-{self.region}"
        return budget.make(self.clients("budgets"), account, name, told["MonthlyBudget"], told["AlarmEmail"])

    def _pruned(self) -> str | None:
        try:
            versions.prune(self.clients("lambda"), self.stack)
        except (BotoCoreError, ClientError) as error:
            return f"Older versions of the functions are still there and paid for ({type(error).__name__})"
        return None
