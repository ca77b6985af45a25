"""The sandbox, seen from outside: a job in, a result out."""
