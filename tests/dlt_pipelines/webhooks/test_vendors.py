"""A delivery is believed when its sender knows a secret, and only then."""

import base64
import hashlib
import hmac

import pytest

from dlt_pipelines.webhooks.vendors import VENDORS, safe_id, signing_key

BODY = b'{"number": 1}'
NOW = 1_800_000_000.0
KEY = base64.b64encode(b"key").decode()


def hexed(secret, content):
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def hub(secret, content=BODY):
    return {"x-hub-signature-256": f"sha256={hexed(secret, content)}"}


def buildkite(secret, seconds=int(NOW)):
    signature = hexed(secret, f"{seconds}.".encode() + BODY)
    return {"x-buildkite-signature": f"timestamp={seconds},signature={signature}"}


def standard(key=b"key", seconds=int(NOW), others=""):
    digest = hmac.new(key, f"m1.{seconds}.".encode() + BODY, hashlib.sha256).digest()
    return {
        "webhook-id": "m1",
        "webhook-timestamp": str(seconds),
        "webhook-signature": others + "v1," + base64.b64encode(digest).decode(),
    }


def basic(user_and_password):
    return {"authorization": "Basic " + base64.b64encode(user_and_password.encode()).decode()}


def check(vendor, headers, secrets):
    return VENDORS[vendor].check(headers, BODY, secrets, NOW)


# Example of GitHub's own documentation of webhooks.
def test_the_example_of_githubs_documentation_is_believed():
    headers = {
        "x-hub-signature-256": "sha256="
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    }
    secrets = ("It's a Secret to Everybody",)
    assert VENDORS["github"].check(headers, b"Hello, World!", secrets, NOW)
    assert not VENDORS["github"].check(headers, b"Hello, world!", secrets, NOW)


# Examples of CircleCI's own documentation of webhooks.
@pytest.mark.parametrize(
    ("body", "secret", "signature"),
    [
        (
            b"hello world",
            "secret",
            "734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a",
        ),
        (
            b"lalala",
            "another-secret",
            "daa220016c8f29a8b214fbfc3671aeec2145cfb1e6790184ffb38b6d0425fa00",
        ),
        (
            b"an-important-request-payload",
            "hunter123",
            "9be2242094a9a8c00c64306f382a7f9d691de910b4a266f67bd314ef18ac49fa",
        ),
        (b"foo", "secret", "773ba44693c7553d6ee20f61ea5d2757a9a4f4a44d2841ae4e95b52e4cd62db4"),
    ],
    ids=["first", "second", "third", "of the code"],
)
def test_the_examples_of_circlecis_documentation_are_believed(body, secret, signature):
    headers = {"circleci-signature": f"v1={signature}"}
    assert VENDORS["circleci"].check(headers, body, (secret,), NOW)
    assert not VENDORS["circleci"].check(headers, body + b"!", (secret,), NOW)


# The example that libraries of the Standard Webhooks specification are tested with.
def test_the_example_of_the_standard_of_signed_webhooks_is_believed():
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secrets = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",)
    body, now = b'{"test": 2432232314}', 1_614_265_330
    assert VENDORS["gitlab"].check(headers, body, secrets, now)
    assert not VENDORS["gitlab"].check(headers, body + b" ", secrets, now)


@pytest.mark.parametrize(
    ("vendor", "headers", "secrets"),
    [
        ("github", hub("new"), ("new",)),
        ("github", hub("old"), ("new", "old")),
        ("gitlab", {"x-gitlab-token": "new"}, ("new",)),
        ("gitlab", {"x-gitlab-token": "old"}, ("new", "old")),
        ("gitlab", standard(), (f"whsec_{KEY}",)),
        ("gitlab", standard(others="v1,AAAA v2,BBBB "), ("other", f"whsec_{KEY}")),
        ("gitlab", standard(seconds=int(NOW) - 299), (f"whsec_{KEY}",)),
        ("buildkite", {"x-buildkite-token": "new"}, ("new",)),
        ("buildkite", buildkite("old"), ("new", "old")),
        ("circleci", {"circleci-signature": f"v2=0,v1={hexed('new', BODY)}"}, ("new",)),
        ("pagerduty", {"x-pagerduty-signature": f"v1={hexed('new', BODY)}"}, ("new",)),
        (
            "pagerduty",
            {"x-pagerduty-signature": f"v1={'0' * 64}, v1={hexed('old', BODY)}"},
            ("old",),
        ),
        ("opsgenie", {"x-opsgenie-token": "old"}, ("new", "old")),
        ("jenkins", {"x-jenkins-token": "new"}, ("new",)),
        ("jenkins", {"x-jenkins-signature": f"sha256={hexed('new', BODY)}"}, ("new",)),
        ("jenkins", basic("jenkins:old"), ("new", "old")),
        ("jenkins", basic(":with:colons"), ("with:colons",)),
        ("azure_devops", basic("hooks:old"), ("new", "old")),
        ("azure_devops", {"x-azure-devops-token": "new"}, ("new",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_knows_a_secret_is_believed(vendor, headers, secrets):
    assert check(vendor, headers, secrets)


@pytest.mark.parametrize(
    ("vendor", "headers", "secrets"),
    [
        ("github", {}, ("new",)),
        ("github", hub("other"), ("new",)),
        ("github", hub("new", BODY + b" "), ("new",)),
        ("github", {"x-hub-signature-256": hexed("new", BODY)}, ("new",)),
        ("github", {"x-hub-signature-256": "sha256="}, ("new",)),
        ("github", {"x-hub-signature-256": "sha256=\xff"}, ("new",)),
        ("github", {"x-hub-signature": "sha1=1"}, ("new",)),
        ("github", hub(""), ()),
        ("gitlab", {}, ("new",)),
        ("gitlab", {"x-gitlab-token": ""}, ("new",)),
        ("gitlab", {"x-gitlab-token": f"whsec_{KEY}"}, (f"whsec_{KEY}",)),
        ("gitlab", standard(key=b"other"), (f"whsec_{KEY}",)),
        ("gitlab", standard(seconds=int(NOW) - 301), (f"whsec_{KEY}",)),
        ("gitlab", standard(seconds=int(NOW) + 301), (f"whsec_{KEY}",)),
        ("gitlab", {**standard(), "webhook-id": "m2"}, (f"whsec_{KEY}",)),
        ("gitlab", {**standard(), "webhook-timestamp": "soon"}, (f"whsec_{KEY}",)),
        ("gitlab", {**standard(), "webhook-signature": ""}, (f"whsec_{KEY}",)),
        ("gitlab", standard(key=KEY.encode()), (KEY,)),
        ("buildkite", {}, ("new",)),
        ("buildkite", {"x-buildkite-token": "other"}, ("new",)),
        ("buildkite", buildkite("other"), ("new",)),
        ("buildkite", buildkite("new", int(NOW) - 301), ("new",)),
        ("buildkite", {"x-buildkite-signature": "timestamp=1,signature=zz"}, ("new",)),
        ("circleci", {}, ("new",)),
        ("circleci", {"circleci-signature": f"v1={hexed('other', BODY)}"}, ("new",)),
        ("circleci", {"x-pagerduty-signature": f"v1={hexed('new', BODY)}"}, ("new",)),
        ("pagerduty", {}, ("new",)),
        ("pagerduty", {"x-pagerduty-signature": f"v1={hexed('other', BODY)}"}, ("new",)),
        ("pagerduty", {"x-pagerduty-signature": f"v0={hexed('new', BODY)}"}, ("new",)),
        ("pagerduty", {"x-pagerduty-signature": hexed("new", BODY)}, ("new",)),
        ("pagerduty", {"x-pagerduty-signature": "v1=,"}, ("new",)),
        ("opsgenie", {}, ("new",)),
        ("opsgenie", {"x-opsgenie-token": "other"}, ("new",)),
        ("opsgenie", {"x-jenkins-token": "new"}, ("new",)),
        ("azure_devops", {}, ("new",)),
        ("azure_devops", {"x-azure-devops-token": ""}, ("new",)),
        ("azure_devops", {"x-azure-devops-token": "other", **basic("a:new")}, ("new",)),
        ("azure_devops", basic("new:other"), ("new",)),
        ("azure_devops", basic("a:new"), ()),
        ("jenkins", {}, ("new",)),
        ("jenkins", {"x-jenkins-token": "other"}, ("new",)),
        ("jenkins", {"x-jenkins-signature": "sha256=00", "x-jenkins-token": "new"}, ("new",)),
        ("jenkins", basic("new:other"), ("new",)),
        ("jenkins", basic("new"), ("new",)),
        ("jenkins", {"authorization": "Basic no base64"}, ("new",)),
        ("jenkins", {"authorization": "Basic " + base64.b64encode(b"\xff:new").decode()}, ("new",)),
        ("jenkins", {"authorization": "Bearer new"}, ("new",)),
    ],
    ids=str,
)
def test_nobody_else_is_believed(vendor, headers, secrets):
    assert not check(vendor, headers, secrets)


def test_a_signing_token_that_is_none_is_told():
    with pytest.raises(ValueError, match="no base64"):
        signing_key("whsec_no base64")


@pytest.mark.parametrize(
    "text",
    ["../../etc/passwd", "", "a/b", ".hidden", "a" * 300, "a\x00b", "ä", "a\nb", "x y"],
    ids=ascii,
)
def test_an_id_never_leaves_its_folder(text):
    found = safe_id(text)
    assert found == safe_id(text)
    assert found.isascii()
    assert "/" not in found
    assert not found.startswith(".")
    assert 0 < len(found) <= 80
    assert found != safe_id(text + "1")


def test_a_usual_id_stays_as_it_is():
    assert safe_id("72d3162e-cc78-11e3-81ab-4c9367dc0958") == "72d3162e-cc78-11e3-81ab-4c9367dc0958"


def test_what_has_no_number_is_known_by_its_content():
    vendor = VENDORS["buildkite"]
    assert vendor.delivery_id({}, b"1") == vendor.delivery_id({}, b"1")
    assert vendor.delivery_id({}, b"1") != vendor.delivery_id({}, b"2")
