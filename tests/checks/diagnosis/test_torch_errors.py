"""Errors of PyTorch are recognised, in the words of many versions."""

import pytest
import torch

from rainfall_kit.checks.diagnosis.torch_errors import TORCH_ERRORS, hint_for, hint_for_message
from rainfall_kit.checks.questions.programs import build

INNER = "Write the two shapes side by side"
SHAPES = "Print both shapes"
CALLED = "named but not called"
NUMBERS = "How many numbers does your loss return"
CUT = "Follow the wire"
AGAIN = "computed anew"
RECORDED = "change itself be recorded"
NONE = "One gradient is None"
DTYPES = "Print the dtype of both sides"
WITH = "line with `with`"
ONE = "How many numbers are in there"
TRUE = "True for which"

# What versions say or have said, with the version or the date of the public report that quotes it.
# A course may run any version from 2.6 on, and the wording changes between them without notice.
OLDER = [
    ("size mismatch, m1: [5 x 3], m2: [2 x 3] at THTensorMath.cpp:41", "older", INNER),
    ("mat1 dim 1 must match mat2 dim 0", "older", INNER),
    ("mat1 and mat2 shapes cannot be multiplied (5x3 and 2x3)", "1.9, and 2.13", INNER),
    ("Expected object of scalar type Double but got scalar type Float", "a report of 2018", DTYPES),
    ("expected scalar type Double but found Float", "1.9", DTYPES),
    ("mat1 and mat2 must have the same dtype", "2.0, a report of April 2023", DTYPES),
    (
        "mat1 and mat2 must have the same dtype, but got Double and Float",
        "a report of January 2024",
        DTYPES,
    ),
    (
        "expected m1 and m2 to have the same dtype, but got: double != float",
        "October 2023, and 2.13",
        DTYPES,
    ),
    ("Found dtype Double but expected Float", "older", DTYPES),
    (
        "a leaf Variable that requires grad has been used in an in-place operation.",
        "0.4",
        RECORDED,
    ),
    (
        "a leaf Variable that requires grad is being used in an in-place operation.",
        "1.8, and 2.13",
        RECORDED,
    ),
    (
        "a view of a leaf Variable that requires grad is being used in an in-place operation.",
        "a report of 2021, and 2.13",
        RECORDED,
    ),
    (
        (
            "Trying to backward through the graph a second time, but the buffers have already been freed. "
            "Specify retain_graph=True when calling backward the first time."
        ),
        "0.4",
        AGAIN,
    ),
    (
        (
            "Trying to backward through the graph a second time, but the saved intermediate results have "
            "already been freed."
        ),
        "1.7",
        AGAIN,
    ),
    (
        (
            "Trying to backward through the graph a second time (or directly access saved tensors after "
            "they have already been freed). Saved intermediate values of the graph are freed"
        ),
        "reports of 2022 to 2025, and 2.13",
        AGAIN,
    ),
    (
        "Can't call numpy() on Variable that requires grad. Use var.detach().numpy() instead.",
        "a report of April 2020",
        "Which operations",
    ),
    (
        "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
        "2.3, and 2.13",
        "Which operations",
    ),
    ("only one element tensors can be converted to Python scalars", "1.1", ONE),
    ("a Tensor with 4 elements cannot be converted to Scalar", "2.5, and 2.13", ONE),
    ("bool value of Tensor with more than one value is ambiguous", "older", TRUE),
    ("Boolean value of Tensor with more than one value is ambiguous", "2.13", TRUE),
    ("__enter__", "Python 3.10", WITH),
    ("'type' object does not support the context manager protocol", "Python 3.11 to 3.13", WITH),
    (
        "'type' object does not support the context manager protocol (missed __exit__ method)",
        "Python 3.14",
        WITH,
    ),
    (
        "f() got an unexpected keyword argument 'require_grad'. Did you mean 'requires_grad'?",
        "Python 3.13",
        "letter by letter",
    ),
    (
        "f() got an unexpected keyword argument 'require_grad'",
        "Python 3.11 and 3.12",
        "letter by letter",
    ),
    (
        (
            "One of the differentiated Tensors appears to not have been used in the graph. "
            "Set allow_unused=True if this is the desired behavior."
        ),
        "2.6 to 2.12",
        CUT,
    ),
    (
        (
            "The differentiated Tensor at index 0 appears to not have been used in the graph. "
            "Set allow_unused=True if this is the desired behavior."
        ),
        "2.13",
        CUT,
    ),
    (
        (
            "randn() received an invalid combination of arguments - got (int, int, require_grad=bool), but "
            "expected one of:\n * (tuple of ints size, *, torch.Generator generator, tuple of names names"
        ),
        "2.6",
        "letter by letter",
    ),
    (
        (
            "To copy construct from a tensor, it is recommended to use sourceTensor.clone().detach() or "
            "sourceTensor.clone().detach().requires_grad_(True), rather than torch.tensor(sourceTensor)."
        ),
        "2.6",
        "warning suggest",
    ),
    (
        (
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor)."
        ),
        "2.8 to 2.13",
        "warning suggest",
    ),
    (
        "\"bitwise_xor_cpu\" not implemented for 'Float'",
        "2.6 and 2.7 as a RuntimeError, later as a NotImplementedError",
        "not a power",
    ),
    (
        (
            "one of the variables needed for gradient computation has been modified by an inplace operation: "
            "[torch.FloatTensor [1, 2, 2]], which is output 0 of AsStridedBackward0, is at version 1"
        ),
        "a report of 2021",
        "Which tensor changed",
    ),
]


@pytest.mark.parametrize(("message", "version", "hint"), OLDER)
def test_the_words_of_other_versions_are_of_the_family(message, version, hint):
    assert hint in hint_for_message(message), version


# What the installed version says: each line stops with an error that is known.
LIVE = [
    ("torch.tensor([[[1.0, 2.0]], [[1.0]]])", "same length"),
    ("torch.tensor([1.0], dtype=float.__class__)", "Whose word"),
    ("torch.from_numpy([1.0])", "what does that function expect"),
    ("torch.full_like(x, x.mean(0))", "how many did you hand over"),
    ("torch.zeros(2).__setitem__(0, np.float32(1))", "of Python's, or of NumPy's"),
    ("np.ones(2, dtype=int).__itruediv__(2)", "hold fractions"),
    ("x @ w", INNER),
    ("torch.mm(w, x)", INNER),
    ("F.linear(x, w.t())", INNER),
    ("x * w", SHAPES),
    ("torch.einsum('nd,dk->nk', x, w)", SHAPES),
    ("b.add_(torch.ones(3))", SHAPES),
    ("x.expand(7, 3)", SHAPES),
    ("x @ w.t", CALLED),
    ("torch.matmul(x, w.t)", CALLED),
    ("loss / d.numel", CALLED),
    ("loss / d.size()", "right of the slash"),
    ("d.backward()", NUMBERS),
    ("d ^ 2", "not a power"),
    ("None.backward()", "hand back"),
    ("loss.item().backward()", "plain number"),
    ("np.float32(1).backward()", "plain number"),
    ("d.numpy()", "Which operations"),
    ("np.array([loss])", "Which operations"),
    ("loss.detach().backward()", CUT),
    ("torch.autograd.grad(x.sum(), w)", CUT),
    ("torch.autograd.grad(loss, torch.ones(1, requires_grad=True))", CUT),
    ("loss.backward(), loss.backward()", AGAIN),
    ("w.add_(1)", RECORDED),
    ("w[0].zero_()", RECORDED),
    ("(w * 2).requires_grad_(False)", "made directly"),
    ("torch.ones(2, dtype=torch.int64, requires_grad=True)", "whole number"),
    ("w.zero()", "have a mark"),
    ("w.zero_grad()", "Who owns"),
    ("w.grad.zero_()", "same tensor as before"),
    ("w.grad.data", "same tensor as before"),
    ("setattr(w, 'grad', 0)", "may `.grad` hold"),
    ("setattr(w, 'grad', torch.ones(7))", "may `.grad` hold"),
    ("1e-5 * w.grad", NONE),
    ("w.grad * 1e-5", NONE),
    ("torch.zeros_like(w.grad)", NONE),
    ("torch.sub(w, w.grad)", NONE),
    ("exec('with torch.no_grad: pass')", WITH),
    ("torch.randn(2, 3, require_grad=True)", "letter by letter"),
    ("torch.tensor([1.0], require_grad=True)", "letter by letter"),
    ("1e-5 * torch.autograd.grad(loss, w)", "What type came back"),
    ("w - torch.autograd.grad(loss, w)", "What type came back"),
    ("'1e-5' * w", "type of each thing"),
    ("w * '1e-5'", "type of each thing"),
    ("x.double() @ w.t()", DTYPES),
    ("x.long() @ w.t()", DTYPES),
    ("F.linear(x.double(), w, b)", DTYPES),
    ("torch.addmm(b, x.double(), w.t())", DTYPES),
    ("x.long().mean()", DTYPES),
    ("x.tolist() @ w.t()", "left of @"),
    ("torch.mm(x.numpy(), w.t())", "which is a tensor"),
    ("torch.ones(2, dtype=torch.int64).sub_(0.5)", "hold fractions"),
    ("d.item()", ONE),
    ("float(d)", ONE),
    ("1 if d > 0 else 2", TRUE),
    ("max(d, d + 1)", TRUE),
    ("1 if x.numpy() > 0 else 2", TRUE),
    ("range(x)", "type of each thing"),
    ("torch.randn('2', 3)", "and types"),
    ("torch.mm(x, w.t(), b)", "those that it takes"),
    ("np.mean(d)", "does torch get to see"),
    ("np.sum(d)", "does torch get to see"),
    ("torch.cat([x, torch.ones(3, 1)], dim=1)", SHAPES),
    ("torch.cat([x, torch.ones(5)], dim=1)", SHAPES),
    ("b.reshape(3)", "does the new shape hold"),
    ("x[5]", "begins at 0"),
    ("x.mean(dim=2)", "begins at 0"),
    ("setattr(w, 'grad', torch.zeros(2, 3, dtype=torch.float64))", "may `.grad` hold"),
    ("x @ torch.linalg.lstsq(x, d)", "How many things came back"),
    ("torch.linalg.eigh(x.t() @ x).max()", "How many things came back"),
    ("torch.linalg.inv(x)", "as many rows as columns"),
    ("torch.linalg.eigvalsh(x)", "as many rows as columns"),
    ("torch.linalg.solve(x.t() @ x, d)", "both sides of the equation"),
    ("torch.autograd.grad(loss, w, b)", "belong together"),
    ("torch.linalg.eigvals(x.t() @ x).max()", "complex numbers have no order"),
    ("torch.lstsq(d, x)", "which function stands in its place"),
    ("w.grad.norm()", "is None"),
    ("exec('w, b = print()')", "is None"),
    ("torch.nn.Linear(1, 1).weight = torch.ones(1, 1)", "plain tensor is not"),
    ("torch.optim.SGD(torch.nn.Linear(1, 1), lr=1)", "tensors that are to move"),
    ("torch.optim.SGD(torch.ones(1), lr=1)", "tensors that are to move"),
    ("torch.nn.Module()(1)", "letter by letter"),
    ("next(iter(DataLoader((torch.ones(5, 3), torch.ones(5, 2)), 2)))", "the loader think"),
    ("TensorDataset(torch.ones(2, 5), torch.ones(5, 2))", "a row mean the same"),
    ("eval(torch.nn.Linear(1, 1))", "Whose eval"),
    ('torch.ones(1).to("gpu")', "is there one on this machine"),
    ('torch.nn.Linear(1, 1)(torch.ones(1, 1, device="meta"))', "Where does each"),
]


@pytest.mark.parametrize(("line", "hint"), LIVE)
def test_what_the_installed_version_says_is_of_the_family(line, hint):
    source = (
        "def stops():\n"
        "    x, w = torch.ones(5, 3), torch.ones(2, 3, requires_grad=True)\n"
        "    b = torch.ones(2)\n"
        "    d = x @ w.t() + b\n"
        "    loss = (d * d).mean()\n"
        f"    {line}\n"
    )
    with pytest.raises(Exception) as stopped:  # noqa: PT011  each line stops with an error of its own
        build(source, "stops")()
    assert hint in str(hint_for(stopped.value)), str(stopped.value)


WARNINGS = [
    ("torch.ones(3).T", "one-dimensional"),
    ("(torch.ones(2, requires_grad=True) * 2).grad", "made directly"),
    ("torch.tensor(torch.ones(2))", "warning suggest"),
    ("F.mse_loss(torch.ones(5, 1), torch.ones(5))", "shape of the difference"),
]


@pytest.mark.parametrize(("line", "hint"), WARNINGS)
def test_warnings_have_families_too(line, hint):
    torch.set_warn_always(True)
    try:
        with pytest.warns(UserWarning, match=".") as caught:
            build(f"def warns():\n    {line}\n", "warns")()
    finally:
        torch.set_warn_always(False)
    assert hint in str(hint_for_message(str(caught[0].message)))


@pytest.mark.parametrize(
    "error",
    [ValueError("x"), OSError("loss"), StopIteration(), ArithmeticError()],
)
def test_other_errors_get_no_hint(error):
    assert hint_for(error) is None


def test_hints_on_errors_speak_calmly_and_know_what_they_say():
    for error in TORCH_ERRORS:
        assert error.hint.endswith((".", "?"))
        assert "!" not in error.hint
