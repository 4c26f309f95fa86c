"""Issues of GitHub, GitLab and Jira, as readings: one module a system, and what they share."""
