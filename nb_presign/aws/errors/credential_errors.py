"""What botocore raises where credentials or their configuration are no good, by class."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nb_presign.aws.errors.foreign import Foreign
from nb_presign.aws.signer.credentials import mend, no_credentials, profile_option
from nb_presign.errors import (
    CredentialsError,
    CredentialsExpiredError,
    CredentialsRefusedError,
    NoRegionError,
    PresignError,
    UnknownProfileError,
)


def _no_credentials(it: Foreign) -> PresignError:
    found = no_credentials(it.call.place)
    return it.make(type(found), found.message, found.hint)


def _partial(it: Foreign) -> PresignError:
    missing = it.known.get("cred_var", "a part")
    return it.make(
        CredentialsRefusedError,
        f"The credentials of {it.profile} are incomplete: {missing} is missing.",
        f"Set all of them: aws configure{it.option}.",
    )


def _no_profile(it: Foreign) -> PresignError:
    name = it.known.get("profile", it.call.place.profile)
    return it.make(
        UnknownProfileError,
        f"There is no AWS profile {name!r}.",
        "See those there are: aws configure list-profiles; or make it: "
        f"aws configure{profile_option(name)}.",
    )


def _no_region(it: Foreign) -> PresignError:
    return it.make(
        NoRegionError,
        "There is no AWS region to look in.",
        f"Add ?region=us-west-2 to the reference, or set one: aws configure set region us-west-2"
        f"{it.option}.",
    )


def _bad_region(it: Foreign) -> PresignError:
    region = it.known.get("region_name", it.call.place.region)
    return it.make(
        NoRegionError,
        f"There is no AWS region {region!r}, or none that has {it.call.service}.",
        "Write one such as us-west-2.",
    )


def _sso(it: Foreign) -> PresignError:
    return it.make(
        CredentialsExpiredError,
        f"The SSO session of {it.profile} has expired, or was never begun.",
        f"Sign in: aws sso login{it.option}.",
        method="sso",
    )


def _login(it: Foreign) -> PresignError:
    return it.make(
        CredentialsExpiredError,
        f"The sign-in of {it.profile} has expired, or was never begun.",
        f"Sign in: aws login{it.option}.",
        method="login",
    )


def _not_had(it: Foreign) -> PresignError:
    provider = str(it.known.get("provider", "")) or "where they should come from"
    return it.make(
        CredentialsError,
        f"The credentials of {it.profile} could not be had from {provider}.",
        "Try it alone: aws sts get-caller-identity" + it.option + ".",
        method=provider,
    )


def _mfa(it: Foreign) -> PresignError:
    return it.make(
        CredentialsExpiredError,
        f"The role of {it.profile} needs a second factor's code, which cannot be asked for here.",
        f"Sign in in a terminal, and try again: aws sts get-caller-identity{it.option}.",
    )


def _still_expired(it: Foreign) -> PresignError:
    # botocore has no class for this: it renewed credentials, and what it got had expired already.
    if "expired" not in str(it.error):
        return it.unexpected()
    return it.make(
        CredentialsExpiredError,
        f"The credentials of {it.profile} have expired, and cannot be renewed from here.",
        mend(it.method, it.call.place),
        method=it.method,
    )


def _bad_configuration(it: Foreign) -> PresignError:
    return it.make(
        CredentialsRefusedError,
        f"The AWS configuration of {it.profile} cannot be used ({type(it.error).__name__}).",
        f"See what is wrong with it: aws configure list{it.option}.",
    )


#: By the name of the class.
CREDENTIAL_ERRORS: Mapping[str, Callable[[Foreign], PresignError]] = {
    "NoCredentialsError": _no_credentials,
    "NoAuthTokenError": _sso,
    "PartialCredentialsError": _partial,
    "ProfileNotFound": _no_profile,
    "NoRegionError": _no_region,
    "InvalidRegionError": _bad_region,
    "UnknownRegionError": _bad_region,
    "UnknownEndpointError": _bad_region,
    "EndpointVariantError": _bad_region,
    "ServiceNotInRegionError": _bad_region,
    "SSOError": _sso,
    "TokenRetrievalError": _sso,
    "LoginError": _login,
    "CredentialRetrievalError": _not_had,
    "MetadataRetrievalError": _not_had,
    "RefreshWithMFAUnsupportedError": _mfa,
    "RuntimeError": _still_expired,
    "ConfigParseError": _bad_configuration,
    "ConfigNotFound": _bad_configuration,
    "InvalidConfigError": _bad_configuration,
    "UnknownCredentialError": _bad_configuration,
    "InvalidRetryConfigurationError": _bad_configuration,
    "InvalidEndpointConfigurationError": _bad_configuration,
    "MissingDependencyException": _bad_configuration,
}
