"""What a report says of a cell that was watched: the truth of right cells, one mark for each mistake."""

import pytest
import right_cells
import wrong_cells

from rainfall_kit.notebook.report.run_report import report_html, report_text

MOVE = """with torch.no_grad():
    w -= lr * w.grad
    b -= lr * b.grad
"""
RESET = "w.grad.zero_(); b.grad.zero_()\n"
FORWARD = "loss = mse(model(inputs), targets)\nloss.backward()\n"
STEP = FORWARD + MOVE + RESET


def indented(text):
    return "".join(f"    {line}\n" for line in text.splitlines())


HIDDEN = """
def hidden(loss_of=mse):
    global w, b
    l = loss_of(model(inputs), targets)
    l.backward()
    with torch.no_grad():
        w -= lr * w.grad; b -= lr * b.grad
    w.grad.zero_(); b.grad.zero_()
def train(w, b, lr, epochs):
    for _ in range(epochs):
        mse(inputs @ w.t() + b, targets).backward()
        w = (w - lr * w.grad).detach().requires_grad_()
        b = (b - lr * b.grad).detach().requires_grad_()
    return w, b
"""
LOADER = """
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
loader = DataLoader(TensorDataset(inputs, targets), batch_size=2, shuffle=True)
"""
CLEAN = """
torch.manual_seed(1); inputs = torch.randn(20, 3); lr = 0.1
targets = inputs @ torch.tensor([[1., 2, 3], [4, 5, 6]]).t() + torch.tensor([1., 2])
"""
EXACT = "✓ w and b moved to w − lr·∂loss/∂w and b − lr·∂loss/∂b"

# A setup, the options, the lines, and what is said of them; none of them is a mistake.
RIGHT = {
    "plain": ("", "--epochs 3", STEP, EXACT),
    "lr changes after the move": ("", "--epochs 3", STEP + "lr *= 0.9", EXACT),
    "lr is another name": ("rate = 1e-6", "", STEP.replace("lr *", "rate *"), "1 step with lr 1e-6"),
    "lr is a literal": ("", "", STEP.replace("lr *", "1e-5 *"), "1 step with lr 1e-5"),
    "lr divides": ("", "", STEP.replace("lr * ", "1 / 100000 * "), EXACT),
    "lr in a dictionary": ("c = {'lr': 1e-6}", "", STEP.replace("lr *", "c['lr'] *"), EXACT),
    "a literal in spite of --lr": (
        "", "--lr 1e-6", STEP.replace("lr *", "1e-5 *"), "their own lr 1e-5, so --lr 1e-6 changed nothing",
    ),
    "the lesson's own loop": (
        "", "", f"for i in range(100):\n{indented(STEP)}", "This cell makes 100 updates each time it runs",
    ),
    "the loop says what to type": ("", "", f"for i in range(100):\n{indented(STEP)}", "--epochs 100"),
    "a loop in a function": ("", "", "for _ in range(7): hidden()", "This cell makes 7 updates"),
    "batches": (
        LOADER, "", f"for x, y in loader:\n{indented(STEP.replace('inputs', 'x').replace('targets', 'y'))}",
        "each move of w and b was −lr times what w.grad and b.grad held then",
    ),
    "batches under the data's own names": (
        LOADER, "--epochs 2", f"for inputs, targets in loader:\n{indented(STEP)}", "other names for the rows",
    ),
    "a function that makes w anew in a loop": (
        "", "", "w, b = train(w, b, 1e-5, 20)", "what it did on the way could not be seen",
    ),
    "gradients of parts that add up": (
        "", "--epochs 2",
        "for i in range(5):\n    (mse(model(inputs[i:i+1]), targets[i:i+1]) / 5).backward()\n" + MOVE + RESET,
        EXACT,
    ),
    "a new loss behind the move": ("", "", STEP + "loss = mse(model(inputs), targets)", EXACT),
    "only a new loss behind the move": (
        "", "", STEP.replace("loss = mse(model(inputs), targets)\nloss", "mse(model(inputs), targets)")
        + "loss = mse(model(inputs), targets)", "the loss of the moved w and b",
    ),
    "a running mean called loss": (
        "loss = 0.0", "--epochs 2",
        STEP.replace("loss = ", "l = ").replace("loss.", "loss = 0.9 * loss + 0.1 * l.item()\nl."),
        "backward went through the mean squared error all the same",
    ),
    "an old gradient": (
        "mse(model(inputs), targets).backward()", "", STEP, "held a gradient from before this cell",
    ),
    "the update stands before backward": (
        "mse(model(inputs), targets).backward()", "--epochs 2", MOVE + RESET + FORWARD, EXACT,
    ),
    "a whole script in one cell": (
        "", "", "w = torch.ones(2, 3, requires_grad=True); b = torch.ones(2, requires_grad=True)\n" + STEP,
        "The cell gives w and b new values before it computes a gradient",
    ),
    "data that the cell makes again": (
        "", "--epochs 2", "inputs, targets = rainfall_kit.load_orchard().tensors()\n" + STEP, EXACT,
    ),
    "data that the cell scales": ("", "", "inputs = inputs / 100\n" + STEP, "inputs changed while the cell ran"),
    "gradients by hand": (
        "", "--epochs 2",
        ("with torch.no_grad():\n    d = model(inputs) - targets\n    w -= lr * 0.2 * d.t() @ inputs\n"
        "    b -= lr * 0.2 * d.sum(0)\n"), EXACT,
    ),
    "torch.autograd.grad": (
        "", "--epochs 2",
        ("gw, gb = torch.autograd.grad(mse(model(inputs), targets), (w, b))\nwith torch.no_grad():\n"
        "    w -= lr * gw; b -= lr * gb\n"), EXACT,
    ),
    "plain SGD": (
        "opt = torch.optim.SGD([w, b], lr=1e-6)", "--epochs 2", FORWARD + "opt.step(); opt.zero_grad()",
        "2 steps with lr 1e-6",
    ),
    "SGD with a schedule": (
        "opt = torch.optim.SGD([w, b], lr=1e-5); s = torch.optim.lr_scheduler.ExponentialLR(opt, 0.9)",
        "--epochs 3", FORWARD + "opt.step(); opt.zero_grad(); s.step()", EXACT,
    ),
    "SGD with momentum": (
        "opt = torch.optim.SGD([w, b], lr=1e-5, momentum=0.9)", "--epochs 3",
        FORWARD + "opt.step(); opt.zero_grad()", "torch.optim.SGD with momentum 0.9 moved w and b",
    ),
    "Adam": (
        "opt = torch.optim.Adam([w, b])", "--epochs 3", FORWARD + "opt.step(); opt.zero_grad()",
        "torch.optim.Adam moved w and b",
    ),
    "clipping": (
        "opt = torch.optim.SGD([w, b], lr=1e-5)", "--epochs 2",
        FORWARD + "torch.nn.utils.clip_grad_norm_([w, b], 10.0)\nopt.step(); opt.zero_grad()",
        "changed in between, as clipping does",
    ),
    "momentum by hand": (
        "vw, vb = 0, 0", "--epochs 4",
        FORWARD + "vw = 0.9 * vw + w.grad; vb = 0.9 * vb + b.grad\nwith torch.no_grad():\n"
        "    w -= lr * vw; b -= lr * vb\n" + RESET, "look like momentum",
    ),
    "weight decay by hand": (
        "", "--epochs 3", FORWARD + MOVE.replace("* w.grad", "* (w.grad + 0.1 * w)") + RESET, "weight decay",
    ),
    "a penalty in the loss": (
        "", "--epochs 2", STEP.replace("targets)\n", "targets) + 0.1 * (w * w).sum()\n"), "a penalty on w",
    ),
    "a module": (
        "net = torch.nn.Linear(3, 2); opt = torch.optim.SGD(net.parameters(), lr=1e-5)",
        "--epochs 2 --params net.weight net.bias",
        "opt.zero_grad()\nloss = mse(net(inputs), targets)\nloss.backward()\nopt.step()",
        "✓ net.weight and net.bias moved to net.weight − lr·∂loss/∂net.weight",
    ),
    "double parameters, cast in a function": (
        ("w, b = (p.detach().double().requires_grad_() for p in (w, b))\n"
        "def model(x): return x @ w.float().t() + b.float()"), "--epochs 3", "hidden()", EXACT,
    ),
    "autocast": (
        "", "--epochs 2",
        "with torch.autocast('cpu', dtype=torch.bfloat16):\n    loss = mse(model(inputs), targets)\n"
        "loss.backward()\n" + MOVE + RESET, EXACT,
    ),
    "data without noise": (CLEAN, "--epochs 400", STEP, EXACT),
}  # fmt: skip


def told(notebook, setup, options, body):
    notebook.run(HIDDEN).raise_error()
    notebook.run(setup or "pass").raise_error()
    return notebook.step(options, body)


def flat(text):
    return " ".join(text.split())


@pytest.mark.parametrize("name", right_cells.RIGHT)
def test_a_right_cell_in_other_clothes_gets_no_cross(name, notebook):
    cell = right_cells.RIGHT[name]
    shown = flat(report_text(told(notebook, cell.above, cell.options, cell.lines)))
    assert "✗" not in shown
    assert cell.said in shown


@pytest.mark.parametrize("case", RIGHT)
def test_a_right_cell_is_told_the_truth_and_gets_no_cross(case, notebook):
    setup, options, body, said = RIGHT[case]
    run = told(notebook, setup, options, body)
    shown = flat(report_text(run))
    assert said in shown
    assert "✗" not in shown
    assert "✗" not in report_html(run)
    assert "lr is −" not in shown


def part(shown, number):
    """What a report says of one of the five steps."""
    begin = shown.index(f"\n{number}. ")
    end = shown.find(f"\n{number + 1}. ", begin)
    return shown[begin : end if end > 0 else shown.find("\n\n", begin + 1)]


# A setup, the options, the lines, the steps that are marked, and what stands there.
WRONG = {
    "a wrong loss in a function": (
        "", "--epochs 2", "hidden(lambda p, t: ((p - t) ** 2).sum())", {2: "10 times those of"},
    ),
    "a wrong loss in the cell": (
        "", "--epochs 2", STEP.replace("mse(model(inputs), targets)", "((model(inputs) - targets) ** 2).sum()"),
        {2: "the cell's own loss was 330608"},
    ),
    "wrong predictions": (
        "", "--epochs 2",
        STEP.replace("loss = mse(model(inputs)", "preds = inputs @ (2 * w).t() + b\nloss = mse(preds"),
        {1: "preds in the cell was something other than inputs @ w.t() + b"},
    ),
    "backward twice": (
        "", "--epochs 2", STEP.replace("loss.backward()", "loss.backward(retain_graph=True)\nloss.backward()"),
        {3: "held 2 times ∂loss/∂w and ∂loss/∂b"},
    ),
    "uphill, by a literal": (
        "", "--epochs 2", STEP.replace("-= lr", "+= 1e-5"), {4: "w moved to w + lr·∂loss/∂w"},
    ),
    "uphill, by nothing that is known": (
        "import math", "--epochs 2", STEP.replace("-= lr", "+= math.exp(-11)"),
        {4: "w moved up, along its gradient"},
    ),
    "lr forgotten in spite of --lr": (
        "", "--lr 1e-6", STEP.replace("lr * ", ""), {4: "w moved to w − 1e6·lr·∂loss/∂w"},
    ),
    "ten times lr": ("", "--epochs 2", STEP.replace("lr *", "10 * lr *"), {4: "w − 10·lr·∂loss/∂w"}),
    "the same line twice": (
        "", "", STEP.replace("    b -=", "    w -= lr * w.grad\n    b -="), {4: "w moved to w − 2·lr·∂loss/∂w"},
    ),
    "b is forgotten": ("", "--epochs 2", STEP.replace("    b -= lr * b.grad\n", ""), {4: "b stayed where it was"}),
    "never reset": ("", "--epochs 3", FORWARD + MOVE, {5: "w.grad held an older gradient"}),
    "never reset in a loop": (
        "", "", f"for _ in range(3):\n{indented(FORWARD + MOVE)}", {5: "held an older gradient, too"},
    ),
    "uphill in a loop": (
        "", "", f"for _ in range(3):\n{indented(STEP.replace('-= lr', '+= lr'))}",
        {4: "a move of w was not −lr times what w.grad held then"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", wrong_cells.WRONG)
def test_a_wrong_cell_is_marked_where_it_is_wrong(name, notebook):
    cell = wrong_cells.WRONG[name]
    assert_marked(
        report_text(told(notebook, cell.above, cell.options, cell.lines), width=200), cell.marks
    )


@pytest.mark.parametrize("case", WRONG)
def test_the_mark_stands_at_the_step_that_is_wrong_and_at_no_other(case, notebook):
    setup, options, body, marks = WRONG[case]
    assert_marked(report_text(told(notebook, setup, options, body), width=200), marks)


def assert_marked(shown, marks):
    """Each of these steps is marked, with these words, and no other one is."""
    for number in range(1, 6):
        assert ("✗" in part(shown, number)) is (number in marks), (number, shown)
    for number, said in marks.items():
        assert said in part(shown, number)


def test_a_fitted_lr_is_the_ground_of_no_cross(notebook):
    notebook.run("import math")
    body = STEP.replace("lr * w", "math.exp(-11) * w").replace("lr * b", "math.exp(-9) * b")
    shown = report_text(notebook.step("--epochs 2", body))
    assert "✗" not in shown
    assert "w and b moved against what w.grad and b.grad held" in flat(shown)


def test_one_step_says_that_it_cannot_judge_the_reset(notebook):
    shown = flat(report_text(notebook.step("", FORWARD + MOVE)))
    assert "one step cannot tell. Try: %%gd_step --epochs 2" in shown


def test_the_lowest_point_is_not_called_not_yet_the_lowest(notebook):
    notebook.run(CLEAN)
    assert "RK107" not in report_text(notebook.step("--epochs 400", STEP))


def test_no_log_axis_is_urged_beside_one(notebook):
    shown = flat(report_text(notebook.step("--epochs 100", STEP)))
    assert "RK107" in shown
    assert "log axis" not in shown


def test_the_students_own_names_stand_in_formulas_and_tables(notebook):
    notebook.run("X, y, W, bias = inputs + 1, targets + 1, w, b; del w, b, inputs, targets")
    body = STEP.replace("model(inputs), targets", "X @ W.t() + bias, y")
    body = (
        body.replace("w", "W")
        .replace("bias", "b")
        .replace("b", "bias")
        .replace("biasackWard", "backward")
    )
    body = body.replace("With", "with")
    run = notebook.step("--epochs 2 --params W bias --inputs X --targets y", body)
    for shown in (report_text(run), report_html(run)):
        assert "X @ W.t() + bias" in shown
        assert "W[0, 0]" in shown
        assert "apples" not in shown


def test_one_crop_against_a_row_of_targets_is_named(notebook):
    notebook.run("y = targets[:, 0]; w = torch.ones(1, 3, requires_grad=True)")
    notebook.run("b = torch.ones(1, requires_grad=True)")
    body = STEP.replace("mse(model(inputs), targets)", "((model(inputs) - y) ** 2).mean()")
    assert "RK037" in report_text(notebook.step("--epochs 3 --targets y", body))


def test_a_comment_above_the_magic_is_no_obstacle(notebook):
    result = notebook.run(f"# my step\n\n%%gd_step --epochs 2\n{STEP}")
    result.raise_error()
    assert result.result.epochs == 2


def test_of_several_updates_no_single_gradient_stands_beside_the_change(notebook):
    shown = report_text(notebook.step("", f"for i in range(100):\n{indented(STEP)}"))
    table = shown[shown.index("What the 100 updates did") :]
    assert "gradient" not in table
    assert "so it should" not in table


@pytest.mark.parametrize(
    ("params", "lines", "why"),
    [
        (
            "[torch.ones(2, requires_grad=True)]",
            right_cells.BY_OPTIMISER,
            "was made for other tensors",
        ),
        ("[w, b]", f"opt.step()\n{FORWARD}opt.zero_grad()\n", "while their gradients were empty"),
    ],
)
def test_an_optimiser_that_moves_nothing_is_told(params, lines, why, notebook):
    notebook.run(f"opt = torch.optim.SGD({params}, lr=1e-5)")
    shown = flat(report_text(notebook.step("--epochs 3", lines)))
    assert "w and b did not move: the optimiser" in shown
    assert why in shown


def test_columns_in_another_order_are_told_and_not_called_a_batch(notebook):
    lines = STEP.replace("model(inputs)", "inputs[:, [1, 0, 2]] @ w.t() + b")
    shown = flat(report_text(notebook.step("--epochs 2", lines)))
    assert "some of the rows" not in shown
    assert "; the cell uses columns of inputs, too" in shown


def test_batches_are_said_to_be_no_mistake(notebook):
    notebook.run("idx = torch.tensor([0, 3])")
    lines = STEP.replace("model(inputs), targets", "model(inputs[idx]), targets[idx]")
    assert "takes some of the rows at a time. That is no mistake" in flat(
        report_text(notebook.step("--epochs 2", lines))
    )


def test_other_data_have_outputs_that_are_numbered_and_many_are_said_to_be_more(notebook):
    notebook.run("torch.manual_seed(0); X, y = torch.rand(30, 8), torch.rand(30, 6)")
    notebook.run("V, c = torch.zeros(6, 8, requires_grad=True), torch.zeros(6, requires_grad=True)")
    lines = """loss = mse(X @ V.t() + c, y)
loss.backward()
with torch.no_grad():
    V -= lr * V.grad; c -= lr * c.grad
V.grad.zero_(); c.grad.zero_()"""
    run = notebook.step("--epochs 3 --params V c --inputs X --targets y --lr 0.1", lines)
    page = report_html(run)
    assert "output 0" in page
    assert "V[0, 0]" in page
    assert "42 more in the middle" in page
    assert "Path of V and c" in page
    assert "2 more not drawn" in page
    assert not any(word in page for word in ("apples", "oranges", "tons", "crop 0"))


def test_what_was_not_seen_is_not_said(notebook):
    """Of backward that reached nothing, a loss bound late, clipped moves, momentum and short moves."""
    detached = STEP.replace(
        "mse(model(inputs), targets)", "mse(model(inputs).detach().requires_grad_(), targets)"
    )
    only_backward = "\n".join(detached.splitlines()[:2])
    assert "backward reached neither w nor b" in flat(report_text(notebook.step("", only_backward)))
    notebook.run(
        f"def taken():\n    global w, b\n    l = mse(model(inputs), targets)\n{indented(STEP)}    return l.item()"
    )
    late = flat(report_text(notebook.step("--epochs 2", "loss = taken()")))
    assert "computed there, it is the loss of the moved w and b" in late
    clipped = STEP.replace("with torch", "torch.nn.utils.clip_grad_norm_([w, b], 1.0)\nwith torch")
    assert "overshoots" not in report_text(notebook.step("--epochs 2 --lr 0.01", clipped))
    short = flat(report_text(notebook.step("--restore", STEP.replace("lr * w", "lr ** 2 * w"))))
    assert "w moved by less than a thousandth of lr·∂loss/∂w" in short
    notebook.run("v = [torch.zeros_like(w), torch.zeros_like(b)]")
    momentum = (
        FORWARD
        + """with torch.no_grad():
    for i, p in enumerate((w, b)):
        v[i] = 0.8 * v[i] + p.grad
        p -= 1e-6 * v[i]
        p.grad.zero_()
"""
    )
    assert "changing lr" not in report_text(notebook.step("--epochs 6", momentum))
