"""Mistakes in the move of w and b."""

from rainfall_kit.checks.misconceptions.entry import Edits, Misconception

_W, _B = "w -= lr * w.grad", "b -= lr * b.grad"
_ZERO_W, _ZERO_B = "w.grad.zero_()", "b.grad.zero_()"
_NEW_W, _NEW_B = "w = w - lr * w.grad", "b = b - lr * b.grad"
_COPY_W, _COPY_B = (
    "w = torch.tensor(w - lr * w.grad, requires_grad=True)",
    "b = torch.tensor(b - lr * b.grad, requires_grad=True)",
)
_UPDATE = "def update(w, b, lr):\n    with torch.no_grad():\n        "


def _both_or_one(in_w: tuple[str, str], in_b: tuple[str, str]) -> tuple[Edits, ...]:
    """The same mistake made for w and for b, for w alone, and for b alone."""
    return (in_w, in_b), (in_w,), (in_b,)


ENTRIES = (
    Misconception(
        id="RK059",
        name="the update is recorded by autograd",
        question="update",
        kind="raises",
        wrong=((("with torch.no_grad():", "if True:"),),),
        hint="Should the update itself be recorded?",
        more="The move is no part of the model. Look at how the lesson's fourth part keeps PyTorch from "
        "watching it.",
        why="A watched leaf (a tensor that was made and not computed) must not change in place: the "
        "record would describe another tensor.",
        seen="the lesson's code: RuntimeError: a leaf Variable that requires grad is being used in an "
        "in-place operation. (older versions: has been used)",
    ),
    Misconception(
        id="RK060",
        name="the update makes a new tensor that is not watched",
        question="gd_step",
        kind="raises",
        wrong=(
            ((_W, _NEW_W), (_B, _NEW_B)),
            ((_W, _NEW_W), (_B, _NEW_B), (_ZERO_W, "w.grad = None"), (_ZERO_B, "b.grad = None")),
        ),
        hint="Same name, same object? Check `id(w)` before and after.",
        more="Print w.requires_grad before and after the update. Which tensor did backward fill in, and "
        "which one does the name w stand for now?",
        why="w = w - ... binds the name to a new tensor, which has no `.grad` and is not watched.",
        seen="the lesson's code: AttributeError: 'NoneType' object has no attribute 'zero_', or in the "
        "next epoch RuntimeError: element 0 of tensors does not require grad",
    ),
    Misconception(
        id="RK061",
        name="the update makes a new tensor, and is recorded",
        question="gd_step",
        kind="raises",
        wrong=((("with torch.no_grad():", "if True:"), (_W, _NEW_W), (_B, _NEW_B)),),
        hint="Did the update become part of the record?",
        more="Print w.is_leaf before and after the update. It turns False when w is the result of an "
        "operation that was watched.",
        why="Outside no_grad, w = w - ... makes w the result of a recorded operation. backward stores "
        "gradients only where a record begins, so the new w gets none.",
        seen="the lesson's code: UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor "
        "is being accessed, then AttributeError: 'NoneType' object has no attribute 'zero_'",
    ),
    Misconception(
        id="RK062",
        name="no_grad is named but not called",
        question="update",
        kind="raises",
        wrong=((("torch.no_grad():", "torch.no_grad:"),),),
        hint="A missing pair of signs.",
        more="Compare your line with `with open(name):`. What stands behind the name there?",
        why="no_grad is a class; only the object that it makes can stand behind `with`.",
        seen="the lesson's code: TypeError: 'type' object does not support the context manager protocol",
    ),
    Misconception(
        id="RK064",
        name="a step uphill",
        question="update",
        kind="silent",
        wrong=_both_or_one((_W, "w += lr * w.grad"), (_B, "b += lr * b.grad")),
        hint="The gradient points uphill.",
        more="Take a weight whose gradient is positive. Should it grow or shrink, and what does yours do?",
        why="A positive slope says that raising the weight raises the loss.",
        seen="the lesson's code, seed 0, lr 1e-5: the loss goes from 33061 to 44575 and on to 4e18",
    ),
    Misconception(
        id="RK066",
        name="b is moved with the gradient of w",
        question="update",
        kind="raises",
        wrong=((("lr * b.grad", "lr * w.grad"),),),
        hint="Which gradient belongs to b?",
        more="Print the shapes of b, of b.grad, and of what you subtract from b.",
        why="Each parameter has a gradient of its own shape.",
        seen="the lesson's code: RuntimeError: The size of tensor a (2) must match the size of tensor b "
        "(3) at non-singleton dimension 1",
    ),
    Misconception(
        id="RK068",
        name="b is never updated",
        question="update",
        kind="silent",
        wrong=(((_B, "pass"),),),
        hint="Compare b before and after.",
        more="Count the parameters that have a gradient, and the lines that move one.",
        why="The slope for b is small beside that for w here, so the loss hardly shows it.",
        seen="the lesson's code: after 100 epochs the loss differs by less than 0.05 %, and for 41 % of "
        "500 seeds it is even lower",
    ),
    Misconception(
        id="RK069",
        name="lr is forgotten",
        question="update",
        kind="silent",
        wrong=_both_or_one(("lr * w.grad", "w.grad"), ("lr * b.grad", "b.grad")),
        hint="How long is one step?",
        more="Halve lr and take the same step again. Does your step get shorter?",
        why="The gradient gives a direction and a slope; lr says how far to go.",
        seen="the lesson's code, seed 0: the loss is 9e12 in epoch 2 and then no number any more",
    ),
    Misconception(
        id="RK071",
        name="a step along w itself",
        question="update",
        kind="silent",
        wrong=_both_or_one((_W, "w -= w * lr"), (_B, "b -= b * lr")),
        hint="What tells w which way to go?",
        more="Change the targets and take the same step again. A step that looks at the data should come "
        "out otherwise.",
        why="w - lr * w shrinks the weights towards 0, whatever the data say.",
        seen="the lesson's code, seed 0, lr 1e-5: the loss goes from 33061 to 33027",
    ),
    Misconception(
        id="RK073",
        name="moved through .data",
        question="gd_step",
        kind="silent",
        mild=(
            ((_W, "w.data -= lr * w.grad"), (_B, "b.data -= lr * b.grad")),
            (
                ("with torch.no_grad():", "if True:"),
                (_W, "w.data -= lr * w.grad"),
                (_B, "b.data -= lr * b.grad"),
            ),
        ),
        hint="What does torch get to know of a change through .data?",
        more="Print w._version before and after the update, with .data and under no_grad.",
        why="A change through .data is hidden from torch's own count of changes, so torch cannot warn when "
        "a record no longer fits. Under no_grad the same move is counted. The numbers are the same.",
        seen="the lesson's code: the right numbers; w._version stays as it was",
    ),
    Misconception(
        id="RK074",
        name="a tensor is copied with torch.tensor",
        question="gd_step",
        kind="warns",
        mild=(
            ((_W, _COPY_W), (_B, _COPY_B), (_ZERO_W, "pass"), (_ZERO_B, "pass")),
            ((f"{_UPDATE}{_W}", f"{_UPDATE}{_COPY_W}"), (_B, _COPY_B)),
        ),
        hint="What does the warning suggest in its place?",
        more="Read the warning to its end. torch.tensor is for numbers and lists.",
        why="torch.tensor of a tensor copies it and warns, because it cannot tell whether its history was "
        "to be kept. The numbers are right.",
        seen="the lesson's code: UserWarning: To copy construct from a tensor, it is recommended to use "
        "sourceTensor.detach().clone()",
    ),
    Misconception(
        id="RK078",
        name="lr is a text",
        question="update",
        kind="raises",
        wrong=(
            (("lr * w.grad", "'1e-5' * w.grad"), ("lr * b.grad", "'1e-5' * b.grad")),
            (("return 1 / steepest.item()", "return '1e-5'"),),
        ),
        hint="What type is your step size?",
        more="Print type(lr). Look for quotation marks where lr is set, or for an input() that gave it.",
        why="A text in quotation marks is no number, even if it reads like one.",
        seen="the lesson's code: TypeError: only integer tensors of a single element can be converted to "
        "an index",
    ),
)
