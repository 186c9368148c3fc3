"""The JSON Schemas against the configs: check_schema.py SOURCE_DIR TSD. Exit 77 (skipped) without jsonschema and PyYAML."""
import pathlib
import re
import subprocess
import sys

try:
    import json

    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


class Loader(yaml.SafeLoader):
    """Numbers as in YAML 1.2, where 1e-3 is one and 010, yes and 1:30 are not."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", "-+.0123456789"),
    ("null", r"~|null|", ["~", "n", ""]),
]:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))

# What a JSON Schema cannot see: YAML itself, other files, the command line, rules across fields, whole files.
UNSEEN = ("across_", "alias_", "device_", "duplicate_", "extends_", "family_", "override_", "path_", "second_", "sweep_across",
          "sweep_duplicate", "sweep_equal", "sweep_random_few", "sweep_random_twice", "sweep_too_many", "document_", "binary", "latin1", "int_point", "int_exponent", "tag", "float_nan",
          "float_inf", "float_overflow", "float_underflow", "int_beyond", "int_huge", "text_")


def validator(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def differences(a, b, key="$"):
    """Where two documents differ, in value or type."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        for name in a:
            yield from differences(a[name], b[name], f"{key}.{name}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)):
            yield from differences(x, y, f"{key}[{i}]")
    elif type(a) is not type(b) or a != b:
        yield key, a, b


def main():
    source, tsd = pathlib.Path(sys.argv[1]), sys.argv[2]
    failures = []
    shipped = (source / "configs/schema/tsd.schema.json").read_text()
    if subprocess.run([tsd, "schema"], check=True, capture_output=True, text=True).stdout != shipped:
        failures.append("configs/schema/tsd.schema.json is stale: tsd schema > configs/schema/tsd.schema.json")
    check = validator(json.loads(shipped))
    configs = sorted((source / "configs").rglob("*.yaml"))
    for path in configs:
        content = yaml.load(path.read_text(), Loader)
        for error in check.iter_errors(content) if "space" not in content else ():  # else a search, which scripts/tune checks
            failures.append(f"{path}: {error.json_path}: {error.message}")
        for key, here, there in differences(content, yaml.safe_load(path.read_text())):
            failures.append(f"{path}: {key}: {here!r} in YAML 1.2, and {there!r} to PyYAML, which reads 1.1")

    check = validator(json.loads((source / "tests/engine/sample.schema.json").read_text()))
    refused = 0
    for path in sorted((source / "tests/engine/broken_configs").glob("*.yaml")):
        if path.name.startswith(UNSEEN):
            continue
        try:
            content = yaml.load(path.read_bytes(), Loader)
        except yaml.YAMLError:
            continue
        if check.is_valid(content):
            failures.append(f"{path}: broken, but valid for the schema")
        refused += 1
    print("\n".join(failures))
    print(f"{len(configs)} configs valid, {refused} broken ones refused" if not failures else f"{len(failures)} failures")
    sys.exit(1 if failures or not configs or refused < 100 else 0)


main()
