"""Hostile and broken answers of vendors' APIs: rows as in `markup_kinds.py`.

The word before the colon names the reader.
"""

OBJECTS = {
    "github": b'{"id":1,"run_number":1,"run_attempt":1,"workflow_id":1,"status":"completed",'
    b'"url":"https://api.github.com/repos/a/b/actions/runs/1","head_sha":"a",'
    b'"created_at":"2026-01-02T03:04:05Z","x":%b}',
    "gitlab": b'{"id":1,"iid":1,"project_id":1,"sha":"a","ref":"m","status":"success",'
    b'"source":"push","created_at":"2026-01-02T03:04:05Z",'
    b'"web_url":"https://g/a/b/-/pipelines/1","x":%b}',
    "jenkins": b'{"_class":"x","number":1,"building":false,"result":"SUCCESS","duration":1,'
    b'"timestamp":1600000000000,"url":"https://j/job/a/1/","actions":[],"x":%b}',
    "buildkite": b'{"id":"a","number":1,"state":"passed","jobs":[],"pipeline":{"slug":"p"},'
    b'"url":"https://api.buildkite.com/v2/organizations/o/pipelines/p/builds/1",'
    b'"created_at":"2026-01-02T03:04:05Z","x":%b}',
    "circleci": b'{"pipeline_id":"p","id":"w","name":"n","status":"success",'
    b'"project_slug":"gh/a/b","pipeline_number":1,"created_at":"2026-01-02T03:04:05Z","x":%b}',
    "pagerduty": b'{"id":"P","type":"incident","incident_number":1,"title":"t",'
    b'"created_at":"2026-01-02T03:04:05Z","status":"resolved","service":{"id":"S"},"x":%b}',
    "opsgenie": b'{"id":"i","tinyId":"1","message":"m","status":"closed","priority":"P1",'
    b'"createdAt":"2026-01-02T03:04:05Z","impactedServices":[],"x":%b}',
    "recorded": b'{"kind":"deployment","id":"1","repository":"a/b","environment":"p","sha":"a",'
    b'"at":"2026-01-02T03:04:05Z","recorded_at":"2026-01-02T03:04:05Z","x":%b}',
    "quality mesh": b'{"total":1,"passed":1,"failed":0,"x":%b}',
}
SMALL = b"[%b{}]" % (b"{}," * 1_500_000)


def nested(depth):
    """Lists in each other."""
    return b"[" * depth + b"]" * depth


KINDS = [
    *(
        (f"{vendor}: an object with a thousand lists inside", "ok", None,
         lambda shape=shape: shape % nested(1_000))
        for vendor, shape in OBJECTS.items()
    ),
    *(
        (f"{vendor}: a million empty objects", "error", "MiB of memory", lambda: SMALL)
        for vendor in OBJECTS
    ),
    *(
        (f"{vendor}: a hundred thousand lists", "error", "nested too deeply",
         lambda: b"[" * 100_000)
        for vendor in OBJECTS
    ),
    *(
        (f"{vendor}: six hundred lists and what is no JSON", "error", "",
         lambda: nested(600) + b" NaN")
        for vendor in OBJECTS if vendor != "quality mesh"
    ),
    ("github: an answer of 70 MB", "error", "more than 64 MiB",
     lambda: OBJECTS["github"] % (b'"' + b"x" * 70_000_000 + b'"')),
    ("github: 70 MB of lines", "ok", None,
     lambda: (OBJECTS["github"] % (b'"' + b"x" * 7_000_000 + b'"') + b"\n") * 10),
]  # fmt: skip
