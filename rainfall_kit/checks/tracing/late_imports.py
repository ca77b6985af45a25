"""Late imports of torch: names whose first use loads some five hundred modules, in one to two seconds."""

LATE_NAMES = frozenset({"assert_close", "compile", "func", "optim"})
LATE_MODULE = "torch._dynamo"
