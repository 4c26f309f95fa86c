"""How it is taught: one module a recipe, each from structural records to examples."""
