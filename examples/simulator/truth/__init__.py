"""The truth of a simulation, counted from the simulator's own events.

Nothing here is read back from the files that were written and nothing is shared with the warehouse.
Where a metric's rule leaves a choice, this is the reading (the SQL must come to the same):

* A week is the ISO week (Monday) of the business time zone; its metric rows exist only where the
  denominator is not 0.
* `running` attempts count as runs (re-run ratio), but are neither finished nor decided. A job
  that started counts in the queue time whatever became of it; `started < created` is not
  observed.
* A run re-triggers an earlier one when repository, workflow, head sha and event are the same; a
  schedule never does.
* GitLab has one attempt a pipeline, in which jobs are tried again. The pipeline counts as run
  again, and not as a success at first, when a job failed that may not fail and was tried again.
  What that costs is the time of all later tries. A child pipeline is a run, and never triggered
  again. The duration is GitLab's: the time in which the last tries ran.
* The last try of a job in an attempt that has results has the last word on its tests; of all its
  tries the executions count, each try as an execution of its suite.
* Tests are told apart by repository, class name and reported name (with parameters). A renamed
  test is two tests. Executions are rows: every try that passed, failed or errored.
* The usual suite size of an environment is the median of executions over the pairs of run attempt
  and environment of the repository (all workflows); an outage is at least 20 executions, at least
  half the usual size, at least half of the rows bad.
* A test is flaky in a window when an execution of that window belongs to a flaky state, whichever
  window the state's other executions fall in; its denominator counts tests with an execution
  outside outages. A test whose owner changed counts for both teams.
* A copy of a report and a merged report beside its parts are not counted again. The readable
  cases of a report that is cut off count; lost reports do not.
* `suite_duration_seconds` is the mean over suite executions (one per suite element of a report)
  of the sum of the case durations in it; no team grain, because suites mix owners.
* A default-branch commit is the head of a push run on the default branch; its uploads are
  complete when every flag that the repository uploads is there. A team or the organisation adds
  up its repositories, each with its newest complete commit of the window.
* The days of the whole window are the days of the business from the first commit to the end, of a
  week 7, also of the last one.
* Why a pipeline failed is what its failing tests failed of: what an outage hid is no cause.
* An incident without a deployment id belongs to the newest finished production deployment of its
  service (line `Service:` of the body, else the repository's only service) in the 24 hours before
  it was opened, else of the repository. Success and failure alike can be linked.
* A rollback is a finished production deployment whose sha is a proper ancestor of the newest
  earlier successful one's and was deployed before; the same sha again is neither. A hotfix needs
  a range, so the first deployment is none; a revert of what the same range brings makes none. One
  that succeeded repairs one deployment: the newest since the repair before with an incident open
  when it was begun, else the one right before that is no rollback or hotfix that broke off. What
  is repaired is a failed one.
* Recovery ends when the linked incident was closed (the latest of several), else with the first
  later successful rollback or hotfix of the service.
* Quantiles are continuous (linear between the two nearest values).
"""
