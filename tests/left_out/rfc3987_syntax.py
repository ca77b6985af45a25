"""In the place of a library that compiles dozens of grammars when it is imported: two seconds in each process.

jsonschema can do without it, and no notebook has what it checks.
"""

raise ImportError
