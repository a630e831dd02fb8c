"""What is linked into the binary: no build scripts, no macros, no tests."""

import json
import subprocess


def ask(*command):
    return subprocess.check_output(["cargo", *command], text=True, encoding="utf-8")


def linked(target):
    """The packages that the binary is made of but for ours, and for each (and ours) which of them it uses: by id."""
    tree = ask("tree", "--locked", "--offline", "--edges", "normal,no-proc-macro", "--target", target, "--prefix", "none",
               "--format", "{p}")
    # `name v1.2.3`, and behind that where it lies, or that it was said before.
    wanted = {tuple(line.split()[:2]) for line in tree.splitlines() if line.strip()}
    metadata = json.loads(ask("metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", target))
    packages = {
        one["id"]: one for one in metadata["packages"] if (one["name"], "v" + one["version"]) in wanted
    }
    if len(packages) != len(wanted):
        raise SystemExit(f"{len(wanted)} packages are linked, {len(packages)} of them are known")
    uses = {
        node["id"]: sorted(
            one["pkg"]
            for one in node["deps"]
            if one["pkg"] in packages and any(kind["kind"] is None for kind in one["dep_kinds"])
        )
        for node in metadata["resolve"]["nodes"]
        if node["id"] in packages
    }
    ours = packages.pop(metadata["resolve"]["root"])
    return ours, sorted(packages.values(), key=lambda one: (one["name"], one["version"])), uses
