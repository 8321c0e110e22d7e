"""Tables and keys, made by an emulator's CloudFormation from infra/state.yaml itself."""

from botocore.config import Config

from tests.aws.client import client
from tests.aws.emulator import Emulator
from tests.infra.environment import PROJECT
from tests.infra.template import STACK, document


def made(emulator: Emulator, name: str) -> dict[str, str]:
    """The outputs of the stack, which is called `name`."""
    text = (PROJECT / "infra" / "state.yaml").read_text()
    parameters = [{"ParameterKey": "Service", "ParameterValue": f"{STACK}-{name}"}]
    cloudformation = client("cloudformation", Config(read_timeout=60), emulator.url)
    try:
        cloudformation.create_stack(StackName=f"{STACK}-{name}", TemplateBody=text, Parameters=parameters)
        [stack] = cloudformation.describe_stacks(StackName=f"{STACK}-{name}")["Stacks"]
    finally:
        cloudformation.close()
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return outputs | _keys_of_their_own_kind(emulator)


def _keys_of_their_own_kind(emulator: Emulator) -> dict[str, str]:
    """moto's CloudFormation makes a symmetric key of each: what is to be another is made anew, with what the template
    says of it."""
    state = document("infra/state.yaml")
    keys = {name: one["Properties"] for name, one in state["Resources"].items() if one["Type"] == "AWS::KMS::Key"}
    kms = emulator.kms()
    try:
        made_anew = {
            name: kms.create_key(KeySpec=key["KeySpec"], KeyUsage=key["KeyUsage"])["KeyMetadata"]["Arn"]
            for name, key in keys.items()
            if "KeySpec" in key
        }
    finally:
        kms.close()
    return {
        name: made_anew[output["Value"]["Fn::GetAtt"][0]]
        for name, output in state["Outputs"].items()
        if output["Value"].get("Fn::GetAtt", [""])[0] in made_anew
    }
