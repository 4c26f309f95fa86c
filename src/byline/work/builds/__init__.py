"""Runs of continuous integration: GitHub Actions, GitLab, Jenkins and JUnit reports."""
