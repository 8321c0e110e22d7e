"""Alarms that can be raised: the events that they count are events of the program."""

import logging
import re
from collections import defaultdict
from typing import Any

import grimp
import pytest

from handlers.aws.log_line import LambdaLine
from tests.infra.environment import PROJECT
from tests.infra.log import sent
from tests.infra.template import ENTRY_POINTS, FUNCTIONS, STACK, Deployment, document

pytestmark = pytest.mark.aws

NAME = "infra/observability.yaml"
UNABLE = {
    "ceiling_reached": {"Mcp"},  # unauthenticated callers have no tool calls
    "calls_not_counted": {"Oauth", "Web"},  # nobody else has
    "revocation_given_up": {"Web"},  # it shows when an owner is about to be erased, and erases nobody
    "revocation_postponed": {"Web"},
    "sweep_interrupted": {"Web"},
    "sweep_not_woken": {"Mcp", "Sweep"},  # they end nothing that sweep would not find by itself
}
"""Functions that have the code and do not come to it."""


def resources(kind: str) -> dict[str, dict[str, Any]]:
    found = document(NAME)["Resources"]
    return {name: one["Properties"] for name, one in found.items() if one["Type"] == kind}


def source() -> str:
    return "\n".join(path.read_text() for folder in ("lib", "handlers") for path in (PROJECT / folder).rglob("*.py"))


def test_every_event_that_is_listened_for_is_one_that_is_recorded() -> None:
    code = source()
    for name, metric in resources("AWS::Logs::MetricFilter").items():
        for event in re.findall(r'\$\.event = "(\w+)"', metric["FilterPattern"]):
            assert f'"{event}"' in code, name


@pytest.mark.row("LG-06")
@pytest.mark.parametrize("entry", ENTRY_POINTS)
def test_an_event_that_an_alarm_counts_is_not_dropped_by_the_log_level(deployment: Deployment, entry: str) -> None:
    record = logging.LogRecord("mailconnect.audit", logging.INFO, "", 0, '{"event": "replay"}', None, None)
    said = [*sent([LambdaLine().format(record)], deployment.logging(entry)["ApplicationLogLevel"])]
    assert [line["event"] for line in said] == ["replay"]


def test_every_function_that_can_say_it_is_listened_to() -> None:
    """As far as imports tell: a function that has the module which records an event may record it."""
    code = grimp.build_graph("handlers", "mailconnect")
    recording = defaultdict(set)
    for module in code.modules:
        path = PROJECT / f"{module.replace('.', '/')}.py"
        if path.exists():
            for event in re.findall(r'audit\.record\("(\w+)"', path.read_text()):
                recording[event].add(module)
    listened = defaultdict(set)
    for metric in resources("AWS::Logs::MetricFilter").values():
        for event in re.findall(r'\$\.event = "(\w+)"', metric["FilterPattern"]):
            listened[event].add(metric["LogGroupName"]["Fn::Sub"].rpartition("-")[2].capitalize())
    for event in {*listened} & {*recording}:
        able = {
            entry
            for entry in ENTRY_POINTS
            if recording[event]
            & {f"handlers.{entry.lower()}", *code.find_upstream_modules(f"handlers.{entry.lower()}")}
        }
        assert listened[event] == able - UNABLE.get(event, set()), event


def test_every_metric_that_is_made_has_an_alarm_and_every_alarm_its_metric() -> None:
    made = {
        transformation["MetricName"]
        for metric in resources("AWS::Logs::MetricFilter").values()
        for transformation in metric["MetricTransformations"]
    }
    watched = {
        alarm["MetricName"]
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if alarm.get("Namespace") == {"Ref": "Name"}
    }
    assert made == watched


@pytest.mark.row("F-38")
def test_postponements_that_grow_rarer_ring_all_the_same() -> None:
    """tests/sweep/test_sweep.py has when they come."""
    alarm = resources("AWS::CloudWatch::Alarm")["RevocationPostponed"]
    times = [alarm[name] for name in ("Period", "EvaluationPeriods", "DatapointsToAlarm", "Threshold")]
    assert times == [3600, 6, 3, 1]


def test_an_interrupted_round_rings_where_each_is() -> None:
    """Rounds are five minutes apart, so each ten minutes have one at least."""
    alarm = resources("AWS::CloudWatch::Alarm")["SweepInterrupted"]
    [rate] = [
        event["Properties"]["Schedule"]
        for event in document()["Resources"]["SweepFunction"]["Properties"]["Events"].values()
    ]
    assert rate == "rate(5 minutes)"
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Threshold"]) == (600, 3, 1)


def test_every_alarm_says_what_it_means() -> None:
    for name, alarm in resources("AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == [{"Ref": "Alarms"}], name
        assert len(alarm["AlarmDescription"]) > 15, name


def test_each_alarm_has_a_row_and_a_runbook() -> None:
    text = (PROJECT / "docs" / "operations.md").read_text()
    alarmed = resources("AWS::CloudWatch::Alarm").values()
    called = {alarm["AlarmName"]["Fn::Sub"].removeprefix("${Name} ") for alarm in alarmed}
    alarms = text.partition("## Alarms\n")[2].partition("\n## ")[0] + "\n"
    assert set(re.findall(r"^\| `([a-z_ ]+)` \|", alarms, re.MULTILINE)) == called
    runbooks = dict(re.findall(r"^### ([a-z_ ]+)\n\n(.+?)\n\n?", alarms, re.MULTILINE | re.DOTALL))
    assert {*runbooks} == called
    assert min(map(len, runbooks.values())) > 80


def test_the_costs_are_those_of_all_alarms_and_metrics() -> None:
    """An alarm is paid by the metrics that it watches, and a metric of ours once, from however many logs it comes."""
    text = (PROJECT / "docs" / "costs.md").read_text()
    alarms = resources("AWS::CloudWatch::Alarm").values()
    watched = sum(sum("MetricStat" in one for one in alarm.get("Metrics", [])) or 1 for alarm in alarms)
    assert (
        f"| {watched} metrics with an alarm | {watched - 10} beyond the free ten | {(watched - 10) / 10:.2f} |" in text
    )
    made = {
        transformation["MetricName"]
        for metric in resources("AWS::Logs::MetricFilter").values()
        for transformation in metric["MetricTransformations"]
    }
    assert f"| {len(made)} metrics made of log lines | {len(made) - 10} beyond" in text
    assert f"| {len(made) - 10} beyond the free ten | {(len(made) - 10) * 0.3:.2f} |" in text
    assert len(resources("AWS::CloudWatch::Dashboard")) == 1


@pytest.mark.row("LG-07")
def test_a_flood_of_log_lines_rings_whichever_log_it_is_in(deployment: Deployment) -> None:
    metrics = resources("AWS::CloudWatch::Alarm")["LogFlood"]["Metrics"]
    watched = {named(one["MetricStat"]["Metric"]) for one in metrics if "MetricStat" in one}
    groups = {name for name, one in document()["Resources"].items() if one["Type"] == "AWS::Logs::LogGroup"}
    assert watched == {deployment.properties(name)["LogGroupName"] for name in groups}


def named(metric: dict[str, Any]) -> str:
    """The resource of one of AWS's metrics, in the stack of the tests."""
    return str(metric["Dimensions"][0]["Value"]["Fn::Sub"]).replace("${Name}", STACK)


@pytest.mark.row("RG-26")
def test_many_refusals_ring_as_nobody_but_the_gateway_knows_of_its_own() -> None:
    alarm = resources("AWS::CloudWatch::Alarm")["ClientErrors"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ApiGateway", "4xx")


def test_errors_are_those_of_all_functions_and_throttles_not_those_of_sweep() -> None:
    """A burst of revocations calls `sweep` more often than it may run at once, and Lambda repeats it."""
    for name, watched in (("Errors", {*FUNCTIONS}), ("Throttles", {*FUNCTIONS} - {"Sweep"})):
        metrics = resources("AWS::CloudWatch::Alarm")[name]["Metrics"]
        functions = {named(one["MetricStat"]["Metric"]) for one in metrics if "MetricStat" in one}
        assert functions == {f"{STACK}-{entry.lower()}" for entry in watched}


def test_a_change_of_any_of_the_three_keys_raises_an_event() -> None:
    rules = {name: one["EventPattern"]["detail"] for name, one in resources("AWS::Events::Rule").items()}
    of = {name: re.findall(r"state-(\w+)Arn", str(rule["resources"])) for name, rule in rules.items()}
    assert of == {
        "SealingKeyTouched": ["SealingKey"],
        "OwnerKeyTouched": ["OwnerKey"],
        "KeysChanged": ["SealingKey", "OwnerKey", "TablesKey"],
    }
    assert "Decrypt" in rules["SealingKeyTouched"]["eventName"]
    assert "GenerateMac" in rules["OwnerKeyTouched"]["eventName"]
    assert {"PutKeyPolicy", "ScheduleKeyDeletion", "DisableKey"} <= {*rules["KeysChanged"]["eventName"]}
    spared = {name: re.findall(r"\$\{AWS::Region\}-(\w+)", str(rule)) for name, rule in rules.items()}
    assert spared == {"SealingKeyTouched": ["sweep"], "OwnerKeyTouched": ["web", "operator"], "KeysChanged": []}


def test_dashboards_are_of_the_whole_account_and_so_named_after_the_region_too() -> None:
    [dashboard] = resources("AWS::CloudWatch::Dashboard").values()
    assert dashboard["DashboardName"] == {"Fn::Sub": "${Name}-${AWS::Region}"}


def test_the_nested_stack_is_given_what_it_asks_for(deployment: Deployment) -> None:
    properties = deployment.resource("Domain")["Properties"]
    asked = document(properties["TemplateURL"])["Parameters"]
    required = {name for name, parameter in asked.items() if "Default" not in parameter}
    assert required <= {*properties["Parameters"]} <= {*asked}
