"""Tests are called in Allure what a reader would call them, the same in every run."""

from hil.evidence import allure_names


def test_a_test_has_a_title_a_full_name_and_an_identity() -> None:
    nodeid = "suites/current/test_zero.py::test_zero_is_no_current[CHARGE-48]"
    assert allure_names.title(nodeid) == "Zero is no current [CHARGE-48]"
    assert allure_names.full_name(nodeid) == "suites.current.test_zero#test_zero_is_no_current"
    assert allure_names.history_id(nodeid) != allure_names.history_id(nodeid.replace("CHARGE", "DISCHARGE"))


def test_a_test_belongs_where_its_first_requirement_does() -> None:
    found = allure_names.labels(["CCA-01", "CVD-03"], "S/H", "current accuracy", "Current regulation")
    assert (found["feature"], found["story"]) == ("CCA current accuracy", "CCA-01 Current regulation")
    assert found["severity"] == "normal"
