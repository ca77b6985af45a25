"""Questions: what is asked, the right program, how cases are drawn and an answer is called."""
