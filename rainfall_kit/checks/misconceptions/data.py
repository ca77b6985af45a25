"""Mistakes in the way from a table to tensors: dtypes, memory and what a start holds."""

from rainfall_kit.checks.misconceptions.entry import Misconception

_INPUTS = "inputs = torch.tensor(inputs, dtype=torch.float32)"
_TARGETS = "targets = torch.tensor(targets, dtype=torch.float32)"
_TEMPS = "torch.tensor(temps, dtype=torch.float32)"
_MAKE_W, _MAKE_B = "torch.randn(2, 3, requires_grad=True)", "torch.randn(2, requires_grad=True)"
_TO_TENSORS, _INIT = "def to_tensors(inputs, targets):\n", "def init_params():\n"
_SWITCH = "    torch.set_default_dtype(torch.float64)\n"

ENTRIES = (
    Misconception(
        id="RK087",
        name="the inputs are whole numbers",
        question="to_tensors",
        kind="raises",
        wrong=(((_INPUTS, "inputs = torch.tensor(inputs).long()"),),),
        hint="Print the dtype of both sides.",
        more="Print inputs.dtype and w.dtype. A product needs the same kind of number on both sides.",
        why="torch makes int64 tensors of whole numbers, and does not turn them into fractions on its own "
        "in a matrix product.",
        seen="the lesson's code: RuntimeError: expected m1 and m2 to have the same dtype, but got: long "
        "int != float",
    ),
    Misconception(
        id="RK088",
        name="the tables keep the dtype that NumPy gave them",
        question="to_tensors",
        kind="raises",
        wrong=(
            ((_INPUTS, "inputs = torch.tensor(inputs, dtype=torch.float64)"),),
            (
                (_INPUTS, "inputs = torch.tensor(inputs, dtype=torch.float64)"),
                (_TARGETS, "targets = torch.tensor(targets, dtype=torch.float64)"),
            ),
            (
                (_INPUTS, "inputs = torch.from_numpy(inputs)"),
                (_TARGETS, "targets = torch.from_numpy(targets)"),
            ),
        ),
        hint="NumPy and torch have different habits.",
        more="Print the array's dtype, the tensor's, and that of torch.randn(1). Which one differs?",
        why="NumPy's fractions are float64, torch's are float32, and a tensor made of an array keeps the "
        "array's dtype.",
        seen="the lesson's code: RuntimeError: expected m1 and m2 to have the same dtype, but got: double "
        "!= float",
    ),
    Misconception(
        id="RK089",
        name="the default dtype is switched to double",
        question="init_params",
        kind="raises",
        wrong=(((_INIT, _INIT + _SWITCH),), ((_TO_TENSORS, _TO_TENSORS + _SWITCH),)),
        hint="Which tensors were made after the switch?",
        more="Print torch.get_default_dtype(), inputs.dtype and w.dtype. Two of them agree.",
        why="A switched default holds for every tensor made after it, in the whole notebook; tensors made "
        "before, or from arrays, keep their own dtype.",
        seen="the original lesson switches, then multiplies with float32 data: RuntimeError: expected m1 "
        "and m2 to have the same dtype, but got: float != double",
    ),
    Misconception(
        id="RK090",
        name="the targets have another dtype than the inputs",
        question="to_tensors",
        kind="silent",
        wrong=(
            ((_TARGETS, "targets = torch.tensor(targets, dtype=torch.float64)"),),
            ((_TARGETS, "targets = torch.tensor(targets).long()"),),
            ((_TARGETS, "targets = torch.tensor(targets)"),),
        ),
        hint="Is one loss dtype expected?",
        more="Print inputs.dtype, targets.dtype and loss.dtype.",
        why="A difference of two dtypes takes the wider one without a word, so the loss and its noise are "
        "no longer those of float32.",
        seen="the lesson's code with double targets: no error; the loss becomes float64",
    ),
    Misconception(
        id="RK091",
        name="the offset alone is double",
        question="init_params",
        kind="silent",
        wrong=(((_MAKE_B, "torch.randn(2, dtype=torch.float64, requires_grad=True)"),),),
        hint="Do all parameters hold the same kind of number?",
        more="Print w.dtype, b.dtype and preds.dtype. Which of the three surprises you?",
        why="Adding a double b to float predictions makes them double without a word.",
        seen="the lesson's code: no error; the predictions become float64",
    ),
    Misconception(
        id="RK092",
        name="an array or a list stands where a tensor should",
        question="to_tensors",
        kind="raises",
        wrong=(
            ((_INPUTS, "pass"),),
            ((_INPUTS, "pass"), (_TARGETS, "pass")),
            ((_INPUTS, "inputs = inputs.tolist()"), (_TARGETS, "targets = targets.tolist()")),
            ((_INPUTS, "inputs = inputs.astype('float32')"), (_TARGETS, "pass")),
        ),
        hint="Who is on the left of @?",
        more="Print type(inputs). A table can look the same in NumPy, in a list and in torch.",
        why="torch multiplies tensors by tensors. It refuses to guess the dtype and the place of an array "
        "or a list.",
        seen="the lesson's code: TypeError: unsupported operand type(s) for @: 'numpy.ndarray' and "
        "'Tensor', or 'list' and 'Tensor'",
    ),
    Misconception(
        id="RK094",
        name="fractions are put into a tensor of whole numbers",
        question="in_celsius",
        kind="raises",
        wrong=(((_TEMPS, "torch.tensor(temps)"),),),
        hint="Can the box on the left hold fractions?",
        more="Print the dtype of the tensor before the line that stops. -= and /= keep it.",
        why="An in-place operation writes into the tensor that is there, and an int64 tensor has no room "
        "for what comes after the point.",
        seen="the lesson's code: RuntimeError: result type Float can't be cast to the desired output type "
        "Long",
    ),
    Misconception(
        id="RK096",
        name="two names for the same numbers in memory",
        question="in_celsius",
        kind="silent",
        wrong=(
            ((_TEMPS, "torch.from_numpy(temps).float()"),),
            ((_TEMPS, "torch.as_tensor(temps).float()"),),
            (
                (
                    "return (inputs - inputs.mean(dim=0)) / inputs.std(dim=0)",
                    "inputs -= inputs.mean(dim=0)\n    inputs /= inputs.std(dim=0)\n    return inputs",
                ),
            ),
        ),
        mild=(
            (
                (_INPUTS, "inputs = torch.from_numpy(inputs).float()"),
                (_TARGETS, "targets = torch.from_numpy(targets).float()"),
            ),
        ),
        hint="Copy or view?",
        more="Print what you were given, before and after the call. Did it change, and was it meant to?",
        why="torch.from_numpy makes a tensor that shares the array's memory, and an in-place operation "
        "changes the tensor that was handed in: whoever else holds it sees the change.",
        seen="the lesson's code: from_numpy(a), then a is edited, and the tensor changes with it",
    ),
    Misconception(
        id="RK097",
        name="the weights are never filled in",
        question="init_params",
        kind="silent",
        wrong=(
            ((_MAKE_W, "torch.Tensor(2, 3).requires_grad_()"),),
            (
                (_MAKE_W, "torch.Tensor(2, 3).requires_grad_()"),
                (_MAKE_B, "torch.Tensor(2).requires_grad_()"),
            ),
            (
                (_MAKE_W, "torch.empty(2, 3, requires_grad=True)"),
                (_MAKE_B, "torch.empty(2, requires_grad=True)"),
            ),
        ),
        hint="Which constructor fills in values?",
        more="Make such a tensor a few times in a fresh notebook and print it. Who wrote those numbers?",
        why="torch.Tensor(2, 3) and torch.empty take memory as they find it; what an earlier program left "
        "there becomes the start.",
        seen="the lesson's code: no error; the weights are garbage such as 7e-07 and 3e-41",
    ),
)
