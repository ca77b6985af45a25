"""What student code may see of the kit: an allow list of files, and their texts without answers."""
