"""The known mistakes, as data: what each looks like in code, and what to say about it."""
