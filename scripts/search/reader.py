"""Mappings of a YAML file, key by key; what is wrong with them is collected, with places."""
import difflib
import math

import yaml


class Mistake(Exception):
    """Of the user: told in one line each, without a trace. `code`: exit code, as of tsd."""

    def __init__(self, text, code=78):
        super().__init__(text)
        self.code = code


class Reader:
    """A mapping of the file, key by key; problems are collected."""

    def __init__(self, file, node, problems, within=""):
        self.file, self.problems, self.within, self.node = file, problems, within, node
        self.nodes = {}
        if not isinstance(node, yaml.MappingNode):
            self.tell(node, within.rstrip("."), f"expected a mapping, got {shown(node)}")
            return
        for key, value in node.value:
            if key.value in self.nodes:
                self.tell(key, within + key.value, "is there twice")
            self.nodes[key.value] = (key, value)

    def tell(self, node, key, what):
        mark = node.start_mark
        self.problems.append(f"{self.file}:{mark.line + 1}:{mark.column + 1}: {key + ': ' if key else ''}{what}")

    def expect(self, keys):
        for name, (key, _) in self.nodes.items():
            if name not in keys:
                near = difflib.get_close_matches(name, keys, 1)
                self.tell(key, self.within + name, f"unknown key; {f'did you mean {near[0]}?' if near else 'expected one of ' + ', '.join(keys)}")

    def get(self, name, default, kind, expected, holds=lambda value: True):
        """default None: the key is required."""
        if name not in self.nodes:
            if default is None and isinstance(self.node, yaml.MappingNode):
                self.tell(self.node, self.within + name, f"required key is missing; expected {expected}")
            return default
        node = self.nodes[name][1]
        try:
            value = kind(node)
            if holds(value):
                return value
        except (ValueError, TypeError):
            pass
        self.tell(node, self.within + name, f"expected {expected}, got {shown(node)}")
        return default

    def choice(self, name, default, names):
        return self.get(name, default, text_of, "one of " + ", ".join(names), lambda value: value in names)

    def integer(self, name, default, least, most=10**9):
        return self.get(name, default, lambda node: int(text_of(node)), f"an integer from {least}", lambda value: least <= value <= most)

    def number(self, name, default, holds, expected):
        return self.get(name, default, lambda node: float(text_of(node)), expected, lambda value: math.isfinite(value) and holds(value))


def shown(node):
    return repr(node.value) if isinstance(node, yaml.ScalarNode) else "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"


def text_of(node):
    if not isinstance(node, yaml.ScalarNode):
        raise TypeError
    return node.value


def source_of(node, text):
    """As the file has it, on one line."""
    piece = text[node.start_mark.index:node.end_mark.index]
    return " ".join(piece.split())
