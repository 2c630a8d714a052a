"""The Allure site of a run: installation of the generator, configuration, generation, post-processing."""
