"""Why a build of Jenkins ran, and why it was stopped."""

import pytest

from tests.dlt_pipelines.jenkins.made_up_jenkins import PIPELINE_RUN, cause

URL = "https://ci.example/jenkins/job/shop/job/feature%252Fcart/"
_STEPS = "org.jenkinsci.plugins.workflow.steps."


def build(number=7, result="SUCCESS", actions=()):
    return {
        "_class": PIPELINE_RUN,
        "number": number,
        "url": f"{URL}{number}/",
        "result": result,
        "building": False,
        "actions": list(actions),
    }


def test_causes_have_words_and_name_the_build_they_follow(reading):
    upstream = cause(
        "hudson.model.Cause$UpstreamCause", upstreamProject="libs/core", upstreamBuild=12
    )
    replay = cause(
        "org.jenkinsci.plugins.workflow.cps.replay.ReplayCause", shortDescription="Replayed #4"
    )
    user = cause("hudson.model.Cause$UserIdCause", userId="amy")
    old = {"causes": [{"shortDescription": "Started by timer"}]}
    other = cause("com.example.triggers.LunarPhaseCause", shortDescription="Full moon")
    kinds = [[upstream], [user, replay], [old], [other], []]
    reading.load([build(n, actions=actions) for n, actions in enumerate(kinds, start=1)])
    assert reading.rows("builds", "number", "event", "parent_build_id", "parent_kind") == [
        (1, "upstream", "libs/core#12", "upstream"),
        (2, "replay", "shop/feature%2Fcart#4", "replay"),
        (3, "timer", None, None),
        (4, "lunar_phase", None, None),
        (5, None, None, None),
    ]


def test_what_interrupted_a_build_is_not_why_it_ran(reading):
    timer = cause("hudson.triggers.TimerTrigger$TimerTriggerCause")
    stopped = {
        "_class": "jenkins.model.InterruptedBuildAction",
        "causes": [{"_class": "jenkins.model.CauseOfInterruption$UserInterruption"}],
    }
    reading.load([build(1, actions=[stopped, timer]), build(2, actions=[stopped])])
    assert reading.rows("builds", "number", "event", "causes") == [
        (1, "timer", '[{"event":"timer","text":null}]'),
        (2, None, None),
    ]


@pytest.mark.parametrize(
    ("result", "names", "expected"),
    [
        ("ABORTED", ["jenkins.model.CauseOfInterruption$UserInterruption"], "user"),
        ("ABORTED", [f"{_STEPS}TimeoutStepExecution$ExceededTimeout"], "timeout"),
        (
            "NOT_BUILT",
            ["x.properties.DisableConcurrentBuildsJobProperty$CancelledCause"],
            "superseded",
        ),
        ("NOT_BUILT", ["org.jenkinsci.plugins.pipeline.milestone.CancelledCause"], "superseded"),
        ("ABORTED", ["x.cps.steps.ParallelStep$FailFastCause"], "other_job_failed"),
        ("ABORTED", ["x.ParallelStep$FailFastCause", "x.RemovedNodeTimeoutCause"], "runner_lost"),
        ("ABORTED", ["com.example.LunarPhaseCause"], "said by com.example.LunarPhaseCause"),
        ("ABORTED", [], None),
        ("FAILURE", [f"{_STEPS}TimeoutStepExecution$ExceededTimeout"], None),
    ],
    ids=str,
)
def test_what_interrupted_a_build_is_why_it_was_cancelled(reading, result, names, expected):
    causes = [{"_class": name, "shortDescription": f"said by {name}"} for name in names]
    stopped = {"_class": "jenkins.model.InterruptedBuildAction", "causes": causes}
    timer = cause("hudson.triggers.TimerTrigger$TimerTriggerCause")
    reading.load(build(result=result, actions=[timer, stopped]))
    assert reading.rows("builds", "event", "cancel_reason") == [("timer", expected)]
