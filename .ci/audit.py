"""`make audit`: known faults of the pinned packages, by pip-audit from the OSV database.

Exits with 1 where there are some. Where the database can't be reached it says so and exits with 0: what isn't checked must
neither look like a fault nor like a clean result.
"""

from __future__ import annotations

import json
import subprocess
import sys

_UNREACHED = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "ServiceError", "ProxyError")
_COMMAND = ("-m", "pip_audit", "--vulnerability-service", "osv", "--no-deps", "--disable-pip", "--format", "json")


def main() -> int:
    """Audit requirements.txt; the exit status."""
    done = subprocess.run(
        [sys.executable, *_COMMAND, "--progress-spinner", "off", "--requirement", "requirements.txt"],
        capture_output=True,
        text=True,
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        if any(name in done.stderr for name in _UNREACHED):
            print("audit: the database of known faults can't be reached from here; nothing was checked.")
            return 0
        print(done.stderr, file=sys.stderr)
        return done.returncode or 1
    faults = [
        f"{package['name']} {package['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no version'}"
        for package in packages
        for fault in package.get("vulns", [])
    ]
    skipped = [f"{package['name']}: {package['skip_reason']}" for package in packages if "skip_reason" in package]
    print(*faults, *skipped, f"audit: {len(packages) - len(skipped)} packages, {len(faults)} known faults", sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
