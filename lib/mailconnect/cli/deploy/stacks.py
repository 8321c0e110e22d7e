"""Makes and changes stacks by change sets, and mends what an earlier attempt left behind."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from mailconnect.cli.deploy.stack_state import StackState, described, state_of
from mailconnect.cli.subcommand import CommandFailed

_CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_PAUSE = 5.0
_LONGEST = 3600.0
"""Seconds: longer than any stack of ours takes."""
_STALE = 6
"""Looks after which a stack that does not seem to have begun is taken as it is."""
_UNCHANGED = ("didn't contain changes", "No updates are to be performed")
_CANCELLED = "Resource creation cancelled"


class StackOutcome(StrEnum):
    DONE = "done"
    UNCHANGED = "unchanged"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stack as it is to be. `template` is its text, or the address of it in a bucket."""

    name: str
    template: str
    parameters: Mapping[str, str]
    stage: str
    keeps: bool = False
    """Its resources are never removed or replaced: a change set that would do so is refused."""
    nested: bool = False


@dataclass(frozen=True, slots=True)
class Stacks:
    cloudformation: Any
    say: Callable[[str], None]
    confirm: Callable[[str], bool]
    pause: Callable[[float], None] = time.sleep
    stamp: Callable[[], str] = lambda: time.strftime("deploy-%Y%m%d-%H%M%S", time.gmtime())

    def see(self, name: str) -> dict[str, Any] | None:
        return described(self.cloudformation, name)

    def mend(self, name: str, *, keeps: bool = False) -> None:
        """Until the stack can be made or changed. Raises CommandFailed, with what to do, where a person has to."""
        stack = self.see(name)
        match state_of(stack):
            case StackState.MOVING:
                raise CommandFailed(
                    f"{name} is being changed ({(stack or {})['StackStatus']}): wait until that is over. "
                    f"To see it: aws cloudformation describe-stack-events --stack-name {name}"
                )
            case StackState.STUCK:
                self.say(f"{name}: an update could not be rolled back; that is continued first.")
                self.cloudformation.continue_update_rollback(StackName=name)
                if state_of(self._settled(name)) is not StackState.WORKING:
                    raise CommandFailed(
                        f"{name} cannot be rolled back{self._why(name)}. Mend that, or leave it out: aws "
                        f"cloudformation continue-update-rollback --stack-name {name} --resources-to-skip LOGICAL-ID"
                    )
            case StackState.NEVER_WORKED:
                self.say(f"{name}: its creation failed; what is left of it is taken away.")
                self._delete(name, keeps=keeps)
            case StackState.HALF_DELETED:
                self.say(f"{name}: its deletion failed; it is tried once more.")
                self._delete(name, keeps=keeps)

    def put(self, wanted: Wanted) -> StackOutcome:
        """Raises CommandFailed. Then the stack is as it was before, and nothing new is left of it."""
        new = state_of(self.see(wanted.name)) in (StackState.ABSENT, StackState.UNMADE)
        change_set = self._change_set(wanted, new=new)
        if change_set is None:
            self.say(f"{wanted.name}: nothing to change.")
            return StackOutcome.UNCHANGED
        changes = [*self._changes(wanted.name, change_set)]
        self._show(wanted, changes, new=new)
        lost = [line for line, loses in changes if loses]
        if wanted.keeps and lost:
            self._forget(wanted.name, change_set, new=new)
            raise CommandFailed(f"{wanted.name} keeps what people entrusted to it, and is not changed by: {lost[0]}")
        if not self.confirm(f"{'Make' if new else 'Change'} {wanted.name}?"):
            self._forget(wanted.name, change_set, new=new)
            self.say(f"{wanted.name}: left as it was.")
            return StackOutcome.DECLINED
        before = (self.see(wanted.name) or {}).get("LastUpdatedTime")
        self.cloudformation.execute_change_set(StackName=wanted.name, ChangeSetName=change_set)
        after = self._executed(wanted.name, before)
        status = (after or {}).get("StackStatus", "")
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            kept = "nothing was made" if new else "it is as it was before"
            raise CommandFailed(f"{wanted.name} failed, and {kept} ({status}){self._why(wanted.name)}")
        return StackOutcome.DONE

    def protect(self, name: str) -> None:
        self.cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=True)

    def _change_set(self, wanted: Wanted, *, new: bool) -> str | None:
        """The name of one that would change something. Raises CommandFailed."""
        name = self.stamp()
        try:
            self._ask_for(wanted, name, new=new)
        except ClientError as error:
            if any(words in error.response.get("Error", {}).get("Message", "") for words in _UNCHANGED):
                return None
            raise
        for _ in self._waiting(f"the change set of {wanted.name}"):
            told = self.cloudformation.describe_change_set(StackName=wanted.name, ChangeSetName=name)
            if told["Status"] == "CREATE_COMPLETE":
                return name
            if told["Status"] == "FAILED":
                reason = str(told.get("StatusReason", ""))
                self._forget(wanted.name, name, new=new)
                if any(words in reason for words in _UNCHANGED):
                    return None
                raise CommandFailed(f"CloudFormation refuses what {wanted.name} is to be: {reason}")
        raise AssertionError

    def _ask_for(self, wanted: Wanted, name: str, *, new: bool) -> None:
        body = {"TemplateURL" if wanted.template.startswith("https://") else "TemplateBody": wanted.template}
        self.cloudformation.create_change_set(
            StackName=wanted.name,
            ChangeSetName=name,
            ChangeSetType="CREATE" if new else "UPDATE",
            Capabilities=_CAPABILITIES,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in wanted.parameters.items()],
            Tags=[{"Key": "Stage", "Value": wanted.stage}],
            IncludeNestedStacks=wanted.nested,
            **body,
        )

    def _forget(self, name: str, change_set: str, *, new: bool) -> None:
        """A stack that was never made goes with its change set: it would be in the way of its name."""
        self.cloudformation.delete_change_set(StackName=name, ChangeSetName=change_set)
        if new and state_of(self.see(name)) is StackState.UNMADE:
            self.cloudformation.delete_stack(StackName=name)

    def _changes(self, name: str, change_set: str) -> Iterator[tuple[str, bool]]:
        """The changes to come, and whether something is lost by them."""
        token: dict[str, str] = {}
        while True:
            told = self.cloudformation.describe_change_set(StackName=name, ChangeSetName=change_set, **token)
            for change in told.get("Changes", []):
                one = change.get("ResourceChange", {})
                replaced = one.get("Replacement") == "True"
                line = (
                    f"{one.get('Action', '?'):<7} {one.get('LogicalResourceId', '?')} ({one.get('ResourceType', '?')})"
                )
                yield line + (", made anew" if replaced else ""), replaced or one.get("Action") == "Remove"
            if not told.get("NextToken"):
                return
            token = {"NextToken": told["NextToken"]}

    def _show(self, wanted: Wanted, changes: list[tuple[str, bool]], *, new: bool) -> None:
        if new:
            self.say(f"{wanted.name}: {len(changes)} resources to make.")
        else:
            self.say("\n".join([f"{wanted.name}: {len(changes)} changes.", *(f"  {line}" for line, _ in changes)]))

    def _delete(self, name: str, *, keeps: bool) -> None:
        """Deletes a stack that never worked or was half deleted. Raises CommandFailed where a resource resists."""
        stack = self.see(name)
        self.cloudformation.delete_stack(StackName=name)
        after = self._settled(str((stack or {}).get("StackId", name)))
        if state_of(after) is StackState.ABSENT:
            return
        left = [
            one["LogicalResourceId"]
            for page in self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
            for one in page["StackResourceSummaries"]
            if one["ResourceStatus"] == "DELETE_FAILED"
        ]
        of_it = (
            "its tables and keys are in use or protected, which is as it should be where anybody is connected. "
            if keeps
            else ""
        )
        raise CommandFailed(
            f"{name} cannot be deleted{self._why(name)}. {of_it}To forget the stack and keep these: aws cloudformation "
            f"delete-stack --stack-name {name} --retain-resources {' '.join(left) or 'LOGICAL-ID'}"
        )

    def _executed(self, name: str, before: object) -> dict[str, Any] | None:
        """The state of a moment before may still be shown: it is not taken for the end, but not for ever."""
        for seen, _ in enumerate(self._waiting(name)):
            stack = self.see(name)
            begun = state_of(stack) is not StackState.UNMADE and (stack or {}).get("LastUpdatedTime") != before
            if state_of(stack) is not StackState.MOVING and (begun or seen >= _STALE):
                return stack
        raise AssertionError

    def _settled(self, name: str) -> dict[str, Any] | None:
        for _ in self._waiting(name):
            stack = self.see(name)
            if state_of(stack) is not StackState.MOVING:
                return stack
        raise AssertionError

    def _waiting(self, what: str) -> Iterator[None]:
        """Raises CommandFailed after an hour."""
        waited = 0.0
        while waited < _LONGEST:
            yield
            self.pause(_PAUSE)
            waited += _PAUSE
        raise CommandFailed(f"{what} is not done after an hour; see it in CloudFormation's console")

    def _why(self, name: str) -> str:
        """The first reasons of the last attempt, those of a stack within it too."""
        reasons = [*self._reasons(name)]
        return ": " + "; ".join(dict.fromkeys(reasons[:3])) if reasons else ""

    def _reasons(self, name: str) -> Iterator[str]:
        for event in self._last_attempt(name):
            status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
            if not status.endswith("_FAILED") or not reason or _CANCELLED in reason:
                continue
            within = event.get("PhysicalResourceId", "")
            if event.get("ResourceType") == "AWS::CloudFormation::Stack":
                if within and within != event.get("StackId"):
                    yield from self._reasons(within)
            else:
                yield f"{event['LogicalResourceId']}: {reason}"

    def _last_attempt(self, name: str) -> list[dict[str, Any]]:
        """Its events, the oldest first."""
        events: list[dict[str, Any]] = []
        for page in self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=name):
            for event in page["StackEvents"]:
                events.append(event)
                begins = event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
                if begins and event.get("PhysicalResourceId") == event.get("StackId"):
                    return events[::-1]
        return events[::-1]
