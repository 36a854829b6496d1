"""What is answered about what speaks against packages and releases."""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, UnsetType

from packhouse.apis.depsdev.messages import Message, PackageKey, VersionKey

FindingType = Literal["NOT_FOUND", "MALICIOUS", "DEPRECATED", "COOLDOWN", "LOW_USAGE", "VULNERABLE", "REMEDIATION"]
Risk = Literal["RISK_CRITICAL", "RISK_HIGH", "RISK_MEDIUM", "RISK_LOW", "RISK_INFORMATIONAL"]


class DeprecatedContext(Message, frozen=True):
    """Why a release should no longer be chosen (Finding.Deprecated)."""

    reason: str = ""


class CooldownContext(Message, frozen=True):
    """Until when a release should not be installed (Finding.Cooldown)."""

    end: datetime | UnsetType = UNSET


class LowUsageContext(Message, frozen=True):
    """What may be meant instead (Finding.LowUsage)."""

    alternative_packages: tuple[str, ...] = ()


class Finding(Message, frozen=True):
    """One thing that speaks against a package or release; one context is set at most."""

    type: FindingType
    risk: Risk
    deprecated_context: DeprecatedContext | UnsetType = UNSET
    cooldown_context: CooldownContext | UnsetType = UNSET
    low_usage_context: LowUsageContext | UnsetType = UNSET


class FindingsVersion(Message, frozen=True):
    """A release and what speaks against it (Findings.Version)."""

    version_key: VersionKey
    is_default: bool = False
    findings: tuple[Finding, ...] = ()
    cooldown_end: datetime | UnsetType = UNSET


class Findings(Message, frozen=True):
    """All that speaks against a package and the release that was asked for; one of the keys is set."""

    package_key: PackageKey | UnsetType = UNSET
    version_key: VersionKey | UnsetType = UNSET
    recommended_versions: tuple[FindingsVersion, ...] = ()
    requested_version: FindingsVersion | UnsetType = UNSET
    default_version: FindingsVersion | UnsetType = UNSET
    package_findings: tuple[Finding, ...] = ()
