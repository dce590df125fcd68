"""Access keys as JSON, and a new one as lines for shells and SDKs, with its secret once."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

from nb_presign.commands.outcome import AccessKeys, NewAccessKey
from nb_presign.commands.showing.table import one_line
from nb_presign.commands.showing.text import MAY
from nb_presign.model import AccessKey

#: By the names of what reads them; credentials come from the environment. Texts in braces are
#: quoted for the language.
_LINES: tuple[tuple[str, Callable[[str], str], str], ...] = (
    (
        "boto3",
        json.dumps,
        """\
import boto3
sagemaker = boto3.client("sagemaker", endpoint_url={endpoint}, region_name={region})
made = sagemaker.create_presigned_notebook_instance_url(NotebookInstanceName={instance})
print(made["AuthorizedUrl"])""",
    ),
    (
        "AWS CLI",
        shlex.quote,
        """\
aws sagemaker create-presigned-notebook-instance-url \\
    --notebook-instance-name {instance} --endpoint-url {endpoint} --region {region}""",
    ),
    (
        "JavaScript: npm install @aws-sdk/client-sagemaker",
        json.dumps,
        """\
import {{ SageMaker }} from "@aws-sdk/client-sagemaker";
const sagemaker = new SageMaker({{ endpoint: {endpoint}, region: {region} }});
const made = await sagemaker.createPresignedNotebookInstanceUrl({{
  NotebookInstanceName: {instance},
}});
console.log(made.AuthorizedUrl);""",
    ),
    (
        "Dart: dart pub add aws_sagemaker_api",
        lambda text: json.dumps(text).replace("$", r"\$"),
        """\
import "dart:io";
import "package:aws_sagemaker_api/sagemaker-2017-07-24.dart";
final key = AwsClientCredentials(
    accessKey: Platform.environment["AWS_ACCESS_KEY_ID"]!,
    secretKey: Platform.environment["AWS_SECRET_ACCESS_KEY"]!);
final sagemaker = SageMaker(endpointUrl: {endpoint}, region: {region}, credentials: key);
final made = await sagemaker.createPresignedNotebookInstanceUrl(notebookInstanceName: {instance});
print(made.authorizedUrl);""",
    ),
    (
        ".NET: dotnet add package AWSSDK.SageMaker",
        json.dumps,
        """\
using Amazon.SageMaker;
using Amazon.SageMaker.Model;
var sagemaker = new AmazonSageMakerClient(
    new AmazonSageMakerConfig {{ ServiceURL = {endpoint}, AuthenticationRegion = {region} }});
var made = await sagemaker.CreatePresignedNotebookInstanceUrlAsync(
    new CreatePresignedNotebookInstanceUrlRequest {{ NotebookInstanceName = {instance} }});
Console.WriteLine(made.AuthorizedUrl);""",
    ),
)


def lines(made: NewAccessKey) -> str:
    """Write what sets the environment, and what each SDK is told in addition."""
    facts = {"endpoint": made.endpoint, "region": made.region, "instance": made.instance}
    parts = [_environment(made)]
    for name, quote, template in _LINES:
        told = template.format(**{key: quote(value) for key, value in facts.items()})
        parts.append(f"# {name}\n{told}")
    return "\n\n".join(parts)


def summary(made: NewAccessKey) -> str:
    """Write its facts, one in a line; not the secret."""
    facts = [
        ("key", made.key.id),
        ("scope", f"{made.key.scope}: {MAY[made.key.scope]}"),
        ("policy", made.key.policy),
        ("service", f"{made.endpoint} in {made.region}"),
        ("note", made.key.note),
    ]
    return "\n".join(f"{name:<8} {one_line(value)}" for name, value in facts if value)


def builtins(result: NewAccessKey | AccessKeys, *, reveal: bool) -> Any:  # noqa: ANN401  # JSON
    """Write what SDKs call it, and the facts; a new secret only where `reveal` says so."""
    from nb_presign import wire  # noqa: PLC0415  # msgspec, for JSON only

    if isinstance(result, NewAccessKey):
        secret = {"secret_access_key": result.secret.reveal()} if reveal else {}
        where = {"endpoint_url": result.endpoint, "region": result.region}
        return wire.builtins([{**_facts(result.key), **secret, **where}])[0]
    ended = [{"links_ended": one.links, "sessions_ended": one.sessions} for one in result.keys]
    return wire.builtins(
        [
            {**_facts(one.key), **{name: n for name, n in counts.items() if n is not None}}
            for one, counts in zip(result.keys, ended, strict=True)
        ]
    )


def _facts(key: AccessKey) -> dict[str, Any]:
    return {
        "access_key_id": key.id,
        "scope": str(key.scope),
        "policy": json.loads(key.policy),
        "note": key.note,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


def credentials(made: NewAccessKey) -> tuple[str, str]:
    """Write what `--quiet` leaves: the id and the secret."""
    return made.key.id, made.secret.reveal()


def _environment(made: NewAccessKey) -> str:
    key_id, secret = credentials(made)
    return (
        f"export AWS_ACCESS_KEY_ID={shlex.quote(key_id)}\n"
        f"export AWS_SECRET_ACCESS_KEY={shlex.quote(secret)}\n"
        # What other credentials left there would be sent, and refused.
        "unset AWS_SESSION_TOKEN"
    )
