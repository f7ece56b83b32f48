"""A record as the text of a file."""

import msgspec
import yaml


def yaml_text(content: object) -> str:
    """As YAML, in the order of its fields; lists on lines of their own length."""
    return yaml.safe_dump(msgspec.to_builtins(content), sort_keys=False, default_flow_style=None, width=110)


def json_text(content: object) -> str:
    """As JSON, a key a line."""
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"
