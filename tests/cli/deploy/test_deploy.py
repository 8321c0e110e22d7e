"""`mailconnect deploy` as an operator sees it: the first hour, the tenth deployment, and what goes wrong between."""

from pathlib import Path

import pytest

from mailconnect.cli.deploy import answers, template
from mailconnect.cli.subcommand import CommandFailed
from tests.cli.deploy.conftest import Operator
from tests.cli.deploy.played import REGION, Stack

NEW = ["make mailconnect-state", "change mailconnect-state", "make mailconnect", "make mailconnect-alarms"]
AGAIN = ["forget mailconnect-state", "change mailconnect", "forget mailconnect-alarms"]


def done(operator: Operator) -> list[str]:
    did, operator.aws.cloudformation.did = operator.aws.cloudformation.did, []
    return did


def kept() -> answers.Answers:
    found = answers.read("default")
    assert found
    return found


# ---------------------------------------------------------------- the first time


def test_a_pipeline_deploys_without_a_question(operator: Operator) -> None:
    assert operator.deploy("--yes", "Contact=mailto:me@example.com") == 0
    assert operator.asked == []
    assert done(operator) == NEW
    assert operator.sam.ran == ["sam build", "sam package"]
    assert operator.looked == [("https://a1.execute-api.example", "mailconnect", REGION)]
    assert kept().parameters["Contact"] == "mailto:me@example.com"
    assert operator.aws.stacks["mailconnect"].parameters["Contact"] == "mailto:me@example.com"


def test_the_state_is_protected_once_it_is_whole_and_not_before(operator: Operator) -> None:
    operator.deploy("--yes")
    state = operator.aws.stacks["mailconnect-state"]
    assert state.parameters == {"Service": "mailconnect", "Protect": "yes"}
    assert state.protected
    assert operator.aws.stacks["mailconnect"].protected


def test_a_person_is_asked_for_each_parameter_and_again_where_the_answer_is_wrong(operator: Operator) -> None:
    names = [*template.parameters()]
    operator.answers = ["", "", *("" for _ in names[: names.index("Accent")]), "red", "#123456"]
    operator.answers += ["" for _ in names[names.index("Accent") + 1 :]] + ["y", "y", "y"]
    assert operator.deploy() == 0
    assert [question.partition(" [")[0] for question in operator.asked[:3]] == [
        "Name of the stack",
        "Region, where everything is kept",
        "Stage",
    ]
    assert sum(question.startswith("Accent [") for question in operator.asked) == 2
    assert kept().parameters["Accent"] == "#123456"
    assert [question for question in operator.asked if question.endswith("[y/N]: ")] == [
        "Make mailconnect-state? [y/N]: ",
        "Make mailconnect? [y/N]: ",
        "Make mailconnect-alarms? [y/N]: ",
    ]


def test_a_no_ends_it_cleanly_and_leaves_nothing(operator: Operator) -> None:
    operator.answers = ["", "", *("" for _ in template.parameters()), "n"]
    assert operator.deploy() == 0
    assert operator.aws.stacks == {}
    assert operator.looked == []


def test_a_no_to_the_service_leaves_the_state_for_the_next_time(operator: Operator) -> None:
    operator.answers = ["", "", *("" for _ in template.parameters()), "y", "n"]
    assert operator.deploy() == 0
    assert {*operator.aws.stacks} == {"mailconnect-state"}
    operator.answers = ["y", "y"]
    done(operator)
    assert operator.deploy() == 0
    assert done(operator) == ["forget mailconnect-state", "make mailconnect", "make mailconnect-alarms"]


def test_a_program_that_does_not_build_is_not_deployed(operator: Operator) -> None:
    operator.sam.code = 3
    with pytest.raises(CommandFailed, match="sam build failed"):
        operator.deploy("--yes")
    assert {*operator.aws.stacks} == {"mailconnect-state"}


def test_a_deployment_that_only_needs_its_operator_fails_not_the_first_time_but_the_second(operator: Operator) -> None:
    operator.doctor = 1
    assert operator.deploy("--yes") == 0
    assert operator.deploy("--yes") == 1


# ---------------------------------------------------------------- what an earlier attempt left


def test_a_first_deployment_that_fails_is_repeated_by_the_same_command(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    for broken in ("mailconnect-state", "mailconnect"):
        operator.aws.cloudformation.fails = {broken}
        with pytest.raises(CommandFailed, match=rf"{broken} failed, and nothing was made .*ran into something"):
            operator.deploy("--yes")
    assert operator.aws.stacks["mailconnect"].status == "ROLLBACK_COMPLETE"
    done(operator)
    assert operator.deploy("--yes") == 0
    assert done(operator) == [
        "delete mailconnect",
        "forget mailconnect-state",
        "make mailconnect",
        "make mailconnect-alarms",
    ]
    assert "its creation failed; what is left of it is taken away" in capsys.readouterr().out


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"])
def test_a_service_that_never_worked_or_is_half_deleted_is_made_again(operator: Operator, status: str) -> None:
    operator.deploy("--yes")
    operator.aws.cloudformation.stacks["mailconnect"] = Stack("mailconnect", status)
    done(operator)
    assert operator.deploy("--yes") == 0
    assert done(operator)[0] == "delete mailconnect"
    assert operator.aws.stacks["mailconnect"].status == "CREATE_COMPLETE"


def test_a_change_set_that_was_never_executed_is_no_hindrance(operator: Operator) -> None:
    operator.aws.cloudformation.stacks["mailconnect"] = Stack("mailconnect", "REVIEW_IN_PROGRESS")
    assert operator.deploy("--yes") == 0
    assert operator.aws.stacks["mailconnect"].status == "CREATE_COMPLETE"


def test_a_stack_that_cannot_be_deleted_is_told_with_the_command(operator: Operator) -> None:
    operator.aws.cloudformation.stacks["mailconnect-state"] = Stack("mailconnect-state", "DELETE_FAILED")
    operator.aws.cloudformation.resists = {"mailconnect-state"}
    with pytest.raises(CommandFailed, match="delete-stack --stack-name mailconnect-state --retain-resources Grants"):
        operator.deploy("--yes")


def test_a_roll_back_that_got_stuck_is_continued(operator: Operator) -> None:
    operator.deploy("--yes")
    operator.aws.stacks["mailconnect"].status = "UPDATE_ROLLBACK_FAILED"
    done(operator)
    assert operator.deploy("--yes") == 0
    assert done(operator)[0] == "roll back mailconnect"


def test_nothing_is_done_beside_a_change_under_way(operator: Operator) -> None:
    operator.deploy("--yes")
    operator.aws.stacks["mailconnect"].status = "UPDATE_IN_PROGRESS"
    done(operator)
    with pytest.raises(CommandFailed, match="is being changed"):
        operator.deploy("--yes")
    assert done(operator) == []


def test_a_service_that_is_lost_is_made_again_over_the_state_that_is_kept(operator: Operator) -> None:
    operator.deploy("--yes")
    del operator.aws.cloudformation.stacks["mailconnect"]
    done(operator)
    assert operator.deploy("--yes") == 0
    assert done(operator) == ["forget mailconnect-state", "make mailconnect", "forget mailconnect-alarms"]


def test_a_table_with_peoples_data_is_never_replaced(operator: Operator) -> None:
    operator.deploy("--yes")
    Path("infra/state.yaml").write_text(Path("infra/state.yaml").read_text() + "# another key schema\n")
    operator.aws.cloudformation.replaces = True
    with pytest.raises(CommandFailed, match=r"keeps what people entrusted to it.*Grants.*made anew"):
        operator.deploy("--yes")


def test_an_update_that_fails_leaves_what_was_there_and_is_tried_again(operator: Operator) -> None:
    operator.deploy("--yes")
    operator.aws.cloudformation.fails = {"mailconnect"}
    with pytest.raises(CommandFailed, match="it is as it was before"):
        operator.deploy("--yes")
    assert operator.deploy("--yes") == 0


# ---------------------------------------------------------------- parameters


def test_a_fresh_clone_takes_what_is_deployed_and_resets_nothing(operator: Operator) -> None:
    operator.aws.others.certificates = {"mail.example.com": "ISSUED"}
    given = ("DomainName=mail.example.com", "AlarmEmail=me@example.com", "CallsPerMinute=7")
    operator.deploy("--yes", *given)
    before = dict(operator.aws.stacks["mailconnect"].parameters)
    Path("deployments.toml").unlink()
    operator.answers = ["", "", "y", "y"]
    assert operator.deploy() == 0
    assert operator.aws.stacks["mailconnect"].parameters == before
    assert operator.aws.stacks["mailconnect-alarms"].parameters["AlarmEmail"] == "me@example.com"
    assert kept().parameters["DomainName"] == "mail.example.com"
    assert not [question for question in operator.asked if question.startswith("DomainName")]


def test_answers_that_would_end_every_connection_are_not_believed_unsaid(operator: Operator) -> None:
    operator.aws.others.certificates = {"mail.example.com": "ISSUED"}
    operator.deploy("--yes", "DomainName=mail.example.com")
    answers.write("default", answers.Answers("mailconnect", REGION, {**kept().parameters, "DomainName": ""}))
    with pytest.raises(CommandFailed, match="changing it ends every connection"):
        operator.deploy("--yes")
    assert operator.deploy("--yes", "DomainName=") == 0
    assert operator.aws.stacks["mailconnect"].parameters["CertificateArn"] == "", "it is of the other name"
    assert operator.aws.stacks["mailconnect"].parameters["DomainName"] == ""


def test_the_answers_are_deployed(operator: Operator) -> None:
    operator.deploy("--yes")
    answers.write("default", answers.Answers("mailconnect", REGION, {**kept().parameters, "CallsPerDay": "9"}))
    operator.deploy("--yes")
    assert operator.aws.stacks["mailconnect"].parameters["CallsPerDay"] == "9"


@pytest.mark.parametrize("word", ["CallsPerDay=0", "Nonsense=1", "Accent", "SendResource=maybe"])
def test_a_parameter_that_cloudformation_would_refuse_is_refused_before(operator: Operator, word: str) -> None:
    with pytest.raises(CommandFailed):
        operator.deploy("--yes", word)
    assert operator.aws.stacks == {}


def test_one_deployment_does_not_touch_the_other(operator: Operator) -> None:
    operator.deploy("--yes", "--stack", "mailconnect-test", "Stage=test", CONFIG_ENV="test")
    operator.deploy("--yes", "Stage=prod")
    assert operator.aws.stacks["mailconnect-test"].parameters["Stage"] == "test"
    assert operator.aws.stacks["mailconnect"].parameters["Stage"] == "prod"
    with pytest.raises(CommandFailed, match=r"\[default\] in deployments.toml is the stack mailconnect"):
        operator.deploy("--yes", CONFIG_ENV="third")
    with pytest.raises(CommandFailed, match="name another deployment"):
        operator.deploy("--yes", "--stack", "mailconnect", CONFIG_ENV="test")


# ---------------------------------------------------------------- what is around it


def test_a_domain_elsewhere_is_proven_before_anything_is_made(operator: Operator) -> None:
    with pytest.raises(CommandFailed, match=r"_x.mail.example.com. CNAME _y.acm-validations.aws.") as told:
        operator.deploy("--yes", "DomainName=mail.example.com")
    assert "repeat this command" in str(told.value)
    assert operator.aws.stacks == {}
    operator.aws.others.certificates["mail.example.com"] = "ISSUED"
    assert operator.deploy("--yes") == 0
    assert operator.aws.stacks["mailconnect"].parameters["CertificateArn"].endswith(":certificate/0")
    assert operator.aws.others.did.count("certificate mail.example.com") == 1


def test_a_domain_in_route_53_needs_no_certificate_first(operator: Operator) -> None:
    assert operator.deploy("--yes", "DomainName=mail.example.com", "HostedZoneId=Z1") == 0
    assert operator.aws.stacks["mailconnect"].parameters["CertificateArn"] == ""


def test_alarms_and_budget_that_fail_are_told_of_and_take_nothing_back(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.aws.cloudformation.fails = {"mailconnect-alarms"}
    operator.aws.others.refuses = {"CreateBudget": "AccessDeniedException"}
    assert operator.deploy("--yes", "AlarmEmail=me@example.com") == 0
    told = capsys.readouterr().out
    assert "without its newest alarms: mailconnect-alarms failed" in told
    assert "There is no budget: AWS Budgets refused it (AccessDeniedException)" in told
    assert operator.aws.stacks["mailconnect"].status == "CREATE_COMPLETE"
    operator.aws.others.refuses = {}
    operator.deploy("--yes")
    assert operator.aws.stacks["mailconnect-alarms"].status == "CREATE_COMPLETE"
    assert operator.aws.others.budgets == {f"mailconnect-{REGION}": "25"}


def test_a_budget_that_is_there_gets_the_new_amount(operator: Operator) -> None:
    operator.deploy("--yes", "AlarmEmail=me@example.com")
    operator.deploy("--yes", "MonthlyBudget=40")
    assert operator.aws.others.budgets == {f"mailconnect-{REGION}": "40"}


def test_the_alarm_on_silence_is_made_after_sweep_has_run_once(operator: Operator) -> None:
    operator.deploy("--yes")
    assert operator.aws.others.did == ["invoke mailconnect-sweep"]
    operator.deploy("--yes")
    assert operator.aws.others.did == ["invoke mailconnect-sweep"]


def test_one_version_is_kept_as_a_way_back_and_gone_back_to_at_once(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    others = operator.aws.others
    for name in ("oauth", "web", "mcp"):
        others.versions[f"mailconnect-{name}"] = [1, 2, 3, 4]
        others.aliases[f"mailconnect-{name}"] = 4
    operator.deploy("--yes")
    assert others.versions["mailconnect-mcp"] == [3, 4]
    done(operator)
    assert operator.deploy("--back") == 0
    assert others.aliases == {"mailconnect-oauth": 3, "mailconnect-web": 3, "mailconnect-mcp": 3}
    assert done(operator) == []
    assert "mailconnect-mcp runs version 3 again, in place of 4." in capsys.readouterr().out
    assert operator.deploy("--back") == 1


def test_a_security_txt_that_will_expire_is_a_warning(
    operator: Operator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailconnect.endpoints.pages.security_txt.due_for_renewal", lambda *_: True)
    assert operator.deploy("--yes") == 0
    assert "warn  The security.txt of version" in capsys.readouterr().out
