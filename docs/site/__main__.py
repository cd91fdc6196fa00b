"""`python -m docs.site --manifest build/dbt/manifest.json --output build/docs`."""

import argparse
import json
import sys
from pathlib import Path

from docs.site.pages import write
from docs.site.project import read


def main() -> int:
    """Read the manifest and write the pages."""
    parser = argparse.ArgumentParser(prog="docs.site", description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True, help="manifest.json of dbt parse")
    parser.add_argument("--output", type=Path, required=True, help="folder of the pages")
    arguments = parser.parse_args()
    manifest = json.loads(arguments.manifest.read_text(encoding="utf-8"))
    count = write(read(manifest), arguments.output)
    sys.stdout.write(f"{count} pages: {arguments.output / 'index.html'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
