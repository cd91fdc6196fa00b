"""The two gates of write, audit, publish: Great Expectations suites as code, and publishing."""
