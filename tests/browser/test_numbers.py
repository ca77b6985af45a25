"""The script's numbers are Python's, to 1e-9, in the browser itself."""

import math

import numpy as np
import pytest

from rainfall_kit.explorers.bowl import explore_bowl
from rainfall_kit.explorers.explored_data import explored_data
from rainfall_kit.explorers.html import script
from rainfall_kit.explorers.script_constants import bowl_constants
from rainfall_kit.explorers.step_by_step import BUTTONS, explore_step_by_step
from rainfall_kit.explorers.weights import explore_weights
from rainfall_kit.figures.number_format import fill, short

COMPUTE = """async ([sources, cases]) => {
  const url = (source) => URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const modules = await Promise.all(sources.map((source) => import(url(source))));
  const m = Object.assign({}, ...modules);
  const theta = (w, b) => [...w[0].map((_, i) => w.map((row) => row[i])), b];
  return cases.map((c) => ({
    losses: c.epochs.map((epoch) => String(m.lossAfter(c.bowl, c.lr, epoch))),
    thetas: c.epochs.map((epoch) => m.thetaAfter(c.bowl, c.lr, epoch).flat().map(String)),
    loss: m.lossAt(c.weights, theta(c.w, c.b)),
    gradient: m.gradientAt(c.weights, theta(c.w, c.b)).flat(),
    eigenvalues: m.rescaled(c.shape, c.centre, c.scale).eigenvalues,
    halves: m.rescaled(c.shape, c.centre, c.scale).eigenvalues.map(
      (value) => String(m.halfLife(c.lr, value))),
  }));
}"""
EPOCHS = [0, 1, 2, 17, 100, 5000]


def random_case(rng):
    """Data of any shape, some rank-deficient, with a start, and an lr on either side of the limit."""
    n, d, k = rng.integers(1, 9), rng.integers(1, 5), rng.integers(1, 4)
    inputs = rng.normal(size=(n, d)) * 10.0 ** rng.integers(-2, 3, size=d) + rng.normal(size=d) * 30
    if rng.random() < 0.3 and d > 1:
        inputs[:, -1] = 2 * inputs[:, 0]
    targets = rng.normal(size=(n, k)) * 50
    w, b = rng.normal(size=(k, d)), rng.normal(size=k)
    lr_share = float(10 ** rng.uniform(-4, 0.4))
    return {"inputs": inputs, "targets": targets, "w": w, "b": b}, lr_share


@pytest.fixture(scope="module")
def cases():
    rng = np.random.default_rng(7)
    made = []
    for _ in range(120):
        data, share = random_case(rng)
        explored, _ = explored_data(**data)
        constants = (
            bowl_constants(explored),
            explore_weights(**data)._constants(),
            explore_bowl(**data)._constants(),
        )
        lr = share * explored.bowl.largest_stable_lr
        made.append((explored, lr, *rng.random(2).tolist(), constants))
    return made


@pytest.fixture(scope="module")
def computed(browser, cases):
    page = browser.new_page()
    given = []
    for explored, lr, centre, scale, (bowl, weights, shape) in cases:
        case = {"bowl": bowl, "weights": weights, "shape": shape, "lr": lr, "epochs": EPOCHS}
        given.append(case | {"w": explored.w, "b": explored.b, "centre": centre, "scale": scale})
    try:
        return page.evaluate(
            COMPUTE, [[script(name) for name in ("learning_rate", "weights", "bowl")], given]
        )
    finally:
        page.close()


REPLAY = """async ([source, cases]) => {
  const m = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
  const told = (value) => Array.isArray(value) ? value.map(told)
    : typeof value === 'number' ? String(value) : value;
  return cases.map(([given, pressed]) => {
    const { _held, note } = m.replay(given, pressed);
    return { ..._held, preds: told(_held.preds), grad: told(_held.grad), loss: told(_held.loss),
      path: told(_held.path), note };
  });
}"""


def presses(rng):
    """Buttons in any order, mostly in the lesson's, at any lr."""
    lesson = list(BUTTONS)
    return [
        (lesson[i % 5] if rng.random() < 0.7 else str(rng.choice(lesson)), 10 ** rng.uniform(-6, 2))
        for i in range(rng.integers(1, 40))
    ]


def test_any_order_of_the_five_steps_is_torchs(browser):
    rng = np.random.default_rng(11)
    explorers, cases = [], []
    for _ in range(60):
        explorer, pressed = explore_step_by_step(**random_case(rng)[0]), presses(rng)
        for button, lr in pressed:
            explorer.lr = lr
            explorer.press(button)
        explorers.append(explorer)
        cases.append([explorer._constants(), pressed])
    page = browser.new_page()
    found = page.evaluate(REPLAY, [script("step_by_step"), cases])
    page.close()
    assert len({explorer.note for explorer in explorers}) > 7  # all steps, and what goes wrong
    for explorer, ours in zip(explorers, found, strict=True):
        theirs = explorer._held
        assert ours["note"] == explorer.note
        for name in ("path", "grad", "preds", "loss"):
            if theirs[name] is None:
                assert ours[name] is None, name
                continue
            value = np.array(theirs[name], dtype=float)
            finite = np.abs(value[np.isfinite(value)])
            assert same(ours[name], value, finite.max(initial=0)), (name, ours[name], value)


def same(ours, theirs, size):
    """Equal to 1e-9 of the larger of the value and what it was computed from; infinities too."""
    ours, theirs = np.array(ours, dtype=float), np.array(theirs, dtype=float)
    with np.errstate(invalid="ignore"):  # infinity less infinity
        close = np.abs(ours - theirs) <= 1e-9 * np.maximum(np.abs(theirs), size)
    return bool((close | (ours == theirs)).all())


def test_the_cases_are_of_all_kinds(cases):
    products = [lr * explored.bowl.eigenvalues[0] for explored, lr, *_ in cases]
    assert min(products) < 1 and max(products) > 2
    assert sum(explored.bowl.condition_number == math.inf for explored, *_ in cases) > 20


def test_losses_and_weights_after_any_epochs(cases, computed):
    for (explored, lr, *_), found in zip(cases, computed, strict=True):
        bowl = explored.bowl
        losses = bowl.losses(explored.w, explored.b, lr, EPOCHS)
        assert same(found["losses"], losses, 0), (found["losses"], losses)
        w, b = bowl.after(explored.w, explored.b, lr, EPOCHS)
        size = (
            np.abs(explored.w).max() + np.abs(bowl.minimum[0]).max() + np.abs(bowl.minimum[1]).max()
        )
        for i in range(len(EPOCHS)):
            theta = np.vstack([w[i].T, b[i]]).ravel()
            grown = np.abs(theta[np.isfinite(theta)]).max(initial=size)
            assert same(found["thetas"][i], theta, grown), (found["thetas"][i], theta)


def test_loss_and_gradient_anywhere(cases, computed):
    for (explored, *_), found in zip(cases, computed, strict=True):
        assert same(found["loss"], explored.bowl.loss(explored.w, explored.b), 1e-12)
        grad_w, grad_b = explored.bowl.gradient(explored.w, explored.b)
        gradient = np.vstack([grad_w.T, grad_b]).ravel()
        assert same(found["gradient"], gradient, np.abs(gradient).max())


def test_the_shape_of_centred_and_scaled_inputs(cases, computed):
    for (explored, lr, centre, scale, _), found in zip(cases, computed, strict=True):
        bowl = explored.bowl.rescaled(centre * explored.bowl.means, explored.bowl.stds**scale)
        assert same(found["eigenvalues"], bowl.eigenvalues, 0), (
            found["eigenvalues"],
            bowl.eigenvalues,
        )
        assert same(found["halves"], bowl.half_lives(lr), 0)


def test_numbers_are_written_alike(browser):
    rng = np.random.default_rng(3)
    values = (rng.normal(size=300) * 10.0 ** rng.integers(-12, 13, size=300)).tolist()
    values += [0.0, 1.0, -1.0, 1e-3, 9.9999999e-4, 123456.7, 1e6, 1e21, 0.5, -2e-9]
    page = browser.new_page()
    written = page.evaluate(
        """async ([source, values]) => {
          const m = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
          return values.map((value) => [m.short(value), m.short(value, 3)]);
        }""",
        [script("compare"), values],
    )
    page.close()
    assert written == [[short(value), short(value, 3)] for value in values]


def test_templates_are_filled_alike(browser):
    template = "{name:4} after {epoch}: {loss:6}, {loss:3} and {lost:4}"
    values = {"name": "{loss:4}", "epoch": 100_000, "loss": 1270.1233}
    page = browser.new_page()
    filled = page.evaluate(
        """async ([source, template, values]) => {
          const m = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
          return m.fill(template, { ...values, lost: Infinity });
        }""",
        [script("compare"), template, values],
    )
    page.close()
    assert filled == fill(template, **values, lost=math.inf)
    assert filled == "{loss:4} after 100000: 1270.12, 1.27e3 and infinity"
