"""Records: what travels between the rooms, frozen, keyword-only, JSON both ways."""
