"""A headless browser for the tests that look at pages."""
