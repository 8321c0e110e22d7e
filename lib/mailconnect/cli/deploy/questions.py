"""The questions that an operator is asked the first time, and the answers that are there already."""

from collections.abc import Callable, Mapping, Sequence

from mailconnect.cli.deploy.template import Parameter
from mailconnect.cli.subcommand import CommandFailed

Ask = Callable[[str], str]
"""Shows a question, and returns the line that was typed."""


def asked(
    parameters: Mapping[str, Parameter], known: Mapping[str, str], ask: Ask, say: Callable[[str], None]
) -> dict[str, str]:
    """Every one, until the answer is one that CloudFormation takes. Enter alone keeps what is in brackets."""
    answers = {}
    for name, parameter in parameters.items():
        kept = known.get(name, parameter.default)
        while True:
            say(f"\n{parameter.description}.")
            typed = ask(f"{name} [{kept or 'none'}]: ").strip()
            value = kept if typed == "" else "" if typed == "none" else typed
            wrong = parameter.wrong(value)
            if wrong is None:
                answers[name] = value
                break
            say(f"{wrong}.")
    return answers


def settings(words: Sequence[str], parameters: Mapping[str, Parameter]) -> dict[str, str]:
    """NAME=VALUE, as on the command line. Raises CommandFailed."""
    told = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in parameters:
            raise CommandFailed(f"{word} is no setting: NAME=VALUE, where NAME is one of {', '.join(parameters)}")
        told[name] = value
    check(told, parameters)
    return told


def check(told: Mapping[str, str], parameters: Mapping[str, Parameter]) -> None:
    """Raises CommandFailed."""
    for name, value in told.items():
        if name not in parameters:
            raise CommandFailed(f"There is no parameter {name} in this version: take it out of the answers")
        wrong = parameters[name].wrong(value)
        if wrong is not None:
            raise CommandFailed(wrong)
