"""What each vendor's delivery must show to be believed, what it is called, what it is about.

Sources of the rules:

* GitHub: `X-Hub-Signature-256: sha256=<hex>`, HMAC-SHA256 of the body;
* GitLab: `X-Gitlab-Token`, the secret itself; or, with a signing token (`whsec_…`), the headers of
  the Standard Webhooks specification: `v1,<base64>`, HMAC-SHA256 of `id.timestamp.body`;
* Buildkite: `X-Buildkite-Token`, the secret itself; or `X-Buildkite-Signature:
  timestamp=<seconds>,signature=<hex>`, HMAC-SHA256 of `timestamp.body`;
* CircleCI: `Circleci-Signature: v1=<hex>`, HMAC-SHA256 of the body, in a list of signatures;
* PagerDuty (webhooks v3): `X-PagerDuty-Signature: v1=<hex>,v1=<hex>`, HMAC-SHA256 of the body, a
  signature for each secret while one takes the place of another;
* Opsgenie signs nothing, but sends headers of one's own: `X-Opsgenie-Token`, the secret itself;
* Jenkins has no rule of its own, as plugins and pipelines send what they are told to:
  `X-Jenkins-Signature: sha256=<hex>` as GitHub's, or `X-Jenkins-Token`, the secret itself; or the
  secret as the password of `Authorization: Basic`, which is what the Notification plugin makes of
  an address such as `https://jenkins:<secret>@host/`;
* Azure DevOps signs nothing; a service hook sends what it is told to: the secret as the password of
  `Authorization: Basic`, or in a header `X-Azure-Devops-Token`.

Every comparison takes the same time wherever two texts differ.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Headers = Mapping[str, str]
Check = Callable[[Headers, bytes, Sequence[str], float], bool]

CLOCK_SKEW_SECONDS = 300
_SIGNING_PREFIX = "whsec_"
_BUILDKITE = re.compile(r"timestamp=(\d{1,15}),\s*signature=([0-9a-fA-F]{64})")
_SECONDS = re.compile(r"\d{1,15}")
_EVENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_ .:-]{0,99}")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_SHORT_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Vendor:
    """The rules of one vendor.

    Attributes:
        name: As in the address and the landing folder.
        check: Tells whether a delivery was sent by someone who knows one of the secrets.
        event_header: Header that names what happened.
        event_member: Member of the body that names it where the header is missing.
        id_headers: Headers that number a delivery, the first found counts.
        read_once: Headers which decide something and so must not come twice.
        takes_forms: Also sends its JSON in the field `payload` of a form.
        usual_event: Name of the event where nothing names it.
    """

    name: str
    check: Check
    event_header: str
    event_member: str
    id_headers: tuple[str, ...]
    read_once: tuple[str, ...]
    takes_forms: bool = False
    usual_event: str | None = None

    def event_of(self, headers: Headers, body: Mapping[str, Any]) -> str | None:
        """Return the name of the event, or None where it is missing or no name."""
        named = headers.get(self.event_header) or body.get(self.event_member) or self.usual_event
        return named if isinstance(named, str) and _EVENT.fullmatch(named) else None

    def delivery_id(self, headers: Headers, content: bytes) -> str:
        """Return the id of a delivery as a text that is safe in a file name.

        A vendor that numbers nothing is given the hash of the content: what is sent once more is
        the same then.
        """
        for name in self.id_headers:
            if found := headers.get(name):
                return safe_id(found)
        return hashlib.sha256(content).hexdigest()[:_SHORT_DIGITS]


def safe_id(text: str) -> str:
    """Return a text as it is when a file name can hold it, else a readable part with a hash."""
    if _SAFE.fullmatch(text):
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:_SHORT_DIGITS]
    readable = _UNSAFE.sub("_", text)[:_SHORT_DIGITS].strip("._-")
    return f"{readable}-{digest}" if readable else digest


def _is_any(given: str, secrets: Sequence[str]) -> bool:
    """Compare with every secret, so that the time does not tell which one was near."""
    matches = [hmac.compare_digest(given.encode(), secret.encode()) for secret in secrets]
    return any(matches)


def _is_signed(given: str, content: bytes, keys: Sequence[bytes]) -> bool:
    expected = [hmac.new(key, content, hashlib.sha256).hexdigest() for key in keys]
    return _is_any(given.lower(), expected)


def _keys(secrets: Sequence[str]) -> list[bytes]:
    return [secret.encode() for secret in secrets]


def _is_recent(seconds: str, now: float) -> bool:
    return abs(now - int(seconds)) <= CLOCK_SKEW_SECONDS


def _check_hub(name: str) -> Check:
    def check(headers: Headers, content: bytes, secrets: Sequence[str], _: float) -> bool:
        kind, _sign, signature = headers.get(name, "").partition("=")
        return kind == "sha256" and _is_signed(signature, content, _keys(secrets))

    return check


def _check_gitlab(headers: Headers, content: bytes, secrets: Sequence[str], now: float) -> bool:
    signing = [secret for secret in secrets if secret.startswith(_SIGNING_PREFIX)]
    plain = [secret for secret in secrets if not secret.startswith(_SIGNING_PREFIX)]
    token = headers.get("x-gitlab-token", "")
    return _is_any(token, plain) or _is_standard_signed(headers, content, signing, now)


def _is_standard_signed(
    headers: Headers, content: bytes, secrets: Sequence[str], now: float
) -> bool:
    message, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message or not _SECONDS.fullmatch(seconds) or not _is_recent(seconds, now):
        return False
    signed = f"{message}.{seconds}.".encode() + content
    expected = [
        base64.b64encode(hmac.new(signing_key(secret), signed, hashlib.sha256).digest()).decode()
        for secret in secrets
    ]
    given = [
        signature
        for part in headers.get("webhook-signature", "").split()
        for version, _, signature in [part.partition(",")]
        if version == "v1"
    ]
    return sum(_is_any(signature, expected) for signature in given) > 0


def signing_key(secret: str) -> bytes:
    """Return the key that a signing token `whsec_<base64>` stands for.

    Raises:
        ValueError: What follows the prefix is no base64.
    """
    try:
        return base64.b64decode(secret.removeprefix(_SIGNING_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError(f"what follows `{_SIGNING_PREFIX}` is no base64: {error}") from error


def _check_buildkite(headers: Headers, content: bytes, secrets: Sequence[str], now: float) -> bool:
    match = _BUILDKITE.fullmatch(headers.get("x-buildkite-signature", ""))
    if match is not None:
        signed = f"{match[1]}.".encode() + content
        is_signed = _is_signed(match[2], signed, _keys(secrets))
        return is_signed and _is_recent(match[1], now)
    return _is_any(headers.get("x-buildkite-token", ""), secrets)


def _check_listed(name: str) -> Check:
    def check(headers: Headers, content: bytes, secrets: Sequence[str], _: float) -> bool:
        given = [
            signature
            for part in headers.get(name, "").split(",")
            for version, _sign, signature in [part.strip().partition("=")]
            if version == "v1"
        ]
        keys = _keys(secrets)
        return sum(_is_signed(signature, content, keys) for signature in given) > 0

    return check


def _check_opsgenie(headers: Headers, _content: bytes, secrets: Sequence[str], _: float) -> bool:
    return _is_any(headers.get("x-opsgenie-token", ""), secrets)


_check_jenkins_signature = _check_hub("x-jenkins-signature")


def _check_jenkins(headers: Headers, content: bytes, secrets: Sequence[str], now: float) -> bool:
    if "x-jenkins-signature" in headers:
        return _check_jenkins_signature(headers, content, secrets, now)
    return _check_password("x-jenkins-token")(headers, content, secrets, now)


def _check_password(name: str) -> Check:
    def check(headers: Headers, _: bytes, secrets: Sequence[str], _now: float) -> bool:
        token = headers.get(name) or _password(headers.get("authorization", ""))
        return _is_any(token, secrets)

    return check


def _password(authorization: str) -> str:
    """Return the password of HTTP basic authentication, empty where there is none."""
    scheme, _sign, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


VENDORS: dict[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        Vendor(
            "github",
            _check_hub("x-hub-signature-256"),
            "x-github-event",
            "",
            ("x-github-delivery",),
            ("x-hub-signature-256", "x-github-event", "x-github-delivery"),
            takes_forms=True,
        ),
        Vendor(
            "gitlab",
            _check_gitlab,
            "x-gitlab-event",
            "object_kind",
            ("webhook-id", "idempotency-key"),
            (
                "x-gitlab-token",
                "x-gitlab-event",
                "webhook-id",
                "webhook-timestamp",
                "webhook-signature",
                "idempotency-key",
            ),
        ),
        Vendor(
            "buildkite",
            _check_buildkite,
            "x-buildkite-event",
            "event",
            (),
            ("x-buildkite-token", "x-buildkite-signature", "x-buildkite-event"),
        ),
        Vendor(
            "circleci",
            _check_listed("circleci-signature"),
            "circleci-event-type",
            "type",
            (),
            ("circleci-signature", "circleci-event-type"),
        ),
        Vendor(
            "pagerduty",
            _check_listed("x-pagerduty-signature"),
            "",
            "",
            (),
            ("x-pagerduty-signature",),
            usual_event="event",
        ),
        Vendor(
            "opsgenie",
            _check_opsgenie,
            "",
            "action",
            (),
            ("x-opsgenie-token",),
        ),
        Vendor(
            "jenkins",
            _check_jenkins,
            "x-jenkins-event",
            "event",
            ("x-jenkins-delivery",),
            (
                "x-jenkins-token",
                "x-jenkins-signature",
                "x-jenkins-event",
                "x-jenkins-delivery",
                "authorization",
            ),
            usual_event="notification",
        ),
        Vendor(
            "azure_devops",
            _check_password("x-azure-devops-token"),
            "",
            "eventType",
            (),
            ("x-azure-devops-token", "authorization"),
        ),
    )
}
