"""A check as JUnit XML, which CI systems show as a list of tests: one a row, and one each for the frames,
the choice and the gain of choosing for every frame."""

import xml.etree.ElementTree as ElementTree

from lidarsel.checking.compare import Comparison
from lidarsel.checking.summary import verdict
from lidarsel.printable import printable

_SUITE = "lidarsel check"


def junit_xml(comparison: Comparison) -> bytes:
    """JUnit XML as Jenkins, GitLab and GitHub's test reporters read it. It holds no times: they would differ."""
    cases = [("frames", "report", comparison.frames), ("chosen lines", "report", comparison.chosen)]
    cases += [("gain per frame", "report", comparison.per_frame)]
    cases += [(row.name, row.method, row.failures) for row in comparison.rows if row.verdict != "new"]
    counts: dict[str, str] = {
        "tests": str(len(cases)),
        "failures": str(sum(bool(failures) for _, _, failures in cases)),
        "errors": "0",
        "skipped": "0",
    }
    root = ElementTree.Element("testsuites", {"name": _SUITE, **counts})
    suite = ElementTree.SubElement(root, "testsuite", {"name": _SUITE, **counts})
    for name, group, failures in cases:
        case = ElementTree.SubElement(suite, "testcase", name=printable(name), classname=f"lidarsel.{group}", time="0")
        if failures:
            failure = ElementTree.SubElement(case, "failure", message=failures[0], type="regression")
            failure.text = "\n".join(failures)
    said = "\n".join([verdict(comparison), *comparison.notes])
    ElementTree.SubElement(suite, "system-out").text = said
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"
