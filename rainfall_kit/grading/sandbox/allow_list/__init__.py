"""Allow list of the kit's files that student code may see, and their texts without answers."""
