"""hil selftest: do the suites catch every defect, and cry about nothing else?"""
