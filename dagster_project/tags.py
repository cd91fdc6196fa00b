"""Names that several definitions share."""

WRITER = "build_file_writer"
"""Pool of one: whoever writes the build file stands in it."""

SOURCES_GROUP = "sources"
INPUTS_GROUP = "inputs"
PUBLICATION_GROUP = "publication"
MODEL_GROUPS = ("seeds", "staging", "intermediate", "core", "marts")

FULL_REFRESH = "testops/full_refresh"
"""Run tag: make every table anew from raw."""

IN_PROCESS = "testops/in_process"
"""Run tag: started by the command line, alive only while its process holds the home's lock."""
