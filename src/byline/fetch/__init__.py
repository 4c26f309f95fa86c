"""Live connectors: GitHub, GitLab and Gerrit servers, written as the exports that readers read.

`byline.fetch.fetching.fetch` is the public face. Law 13: only the verb `byline fetch` calls it.
"""
