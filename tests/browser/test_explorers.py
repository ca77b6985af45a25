"""The explorers in JupyterLab: the live picture is the still picture, and sliders need no kernel."""

import pytest
from accessibility import assert_words_stand_out, violations
from pictures import assert_same_picture
from playwright.sync_api import expect

import rainfall_kit as kit

CELLS = [
    "%load_ext rainfall_kit\nimport rainfall_kit as kit, ipywidgets",
    "%gd_step --seed 0 --lr 1e-5 --epochs 60 -o slow -q",
    "%gd_step --seed 0 --lr 1e-4 --epochs 40 -o fast -q",
    "lr = kit.explore_learning_rate(slow)\nlr",
    "weights = kit.explore_weights()\nweights",
    "steps = kit.explore_step_by_step()\nsteps",
    "bowl = kit.explore_bowl()\nbowl",
    "one = kit.explore_one_input()\none",
    "compare = kit.explore_compare(slow=slow, fast=fast)\ncompare",
    "pair = ipywidgets.HBox([kit.explore_learning_rate(), kit.explore_learning_rate()])\npair",
    "asking = kit.explore_learning_rate(predict=True)\nasking",
    "again = kit.explore_learning_rate()\ndisplay(again, again)",
]
LR = '.rk-explorer[data-live="learning_rate"]'
HANDLE = f"{LR} [data-name=lr] .noUi-handle"


@pytest.fixture(scope="module")
def lab(open_notebook):
    cells = ["import rainfall_kit\ninputs, targets = rainfall_kit.load_orchard().tensors()", *CELLS]
    notebook = open_notebook("explorers", cells)
    notebook.run_all()
    notebook.page.wait_for_function(
        "() => document.querySelectorAll('.rk-explorer[data-live]').length === 11"
    )
    return notebook


def explorer(lab, name, nth=0):
    return lab.page.locator(f'.rk-explorer[data-live="{name}"]').nth(nth)


def says(lab, name, nth=0):
    return explorer(lab, name, nth).locator(".rk-says").inner_text()


STATES = {
    "lr": ["lr=3e-5; epoch=20", "lr=1.1e-4; epoch=60", "lr=2e-4; epoch=33", "lr=1e-7; epoch=0"],
    "weights": ["chosen=3", "w=[[0.5, -1, 2.25], [3, 0, -4]]; b=[0.5, -0.25]; chosen=9"],
    "steps": [
        "press('predict', 'loss', 'backward', 'move')",
        "press('backward')",
        "lr=1e-3; press(*['predict', 'loss', 'backward', 'move'] * 9)",
        "press('again')",
    ],
    "one": ["w=80; b=-20", "step(25)", "lr=2; step(3)", "w=1e9"],
    "bowl": ["centre=0.4; scale=0.7", "centre=1; scale=1; plane=4", "share=1.1; plane=5"],
    "compare": ["epoch=0", "epoch=25", "epoch=50"],
}
NAMES = {"lr": "learning_rate", "steps": "step_by_step", "one": "one_input"}
ALL = ("learning_rate", "weights", "step_by_step", "bowl", "one_input", "compare")


def put(lab, name, code):
    """Change this explorer in Python, and wait until its picture has followed."""
    lab.python(code)
    expected = lab.python(f"print({name}.says())")
    box = explorer(lab, NAMES.get(name, name))
    expect(box.locator(".rk-says")).to_have_text(expected)
    return box


def sent_so_far(lab):
    """How much has been sent to the kernel, once nothing more comes of what was done before."""
    before = -1
    while before < len(lab.sent):
        before = len(lab.sent)
        lab.page.wait_for_timeout(200)
    return before


@pytest.mark.parametrize("name", STATES)
def test_the_live_picture_is_the_still_picture(lab, name):
    for state in STATES[name]:
        box = put(lab, name, "".join(f"{name}.{part.strip()}\n" for part in state.split(";")))
        assert_same_picture(box, lab.python(f"print({name}.figure())"))
    assert lab.errors == []


@pytest.mark.parametrize("control", ["lr", "epoch"])
def test_dragging_sends_nothing_to_the_kernel_until_it_is_let_go(lab, control):
    put(lab, "lr", "lr.lr, lr.epoch = 1e-5, 30")
    handle = HANDLE.replace("=lr]", f"={control}]")
    sent = sent_so_far(lab)
    _, redraws = lab.drag(handle, 0.6, f"{LR} .rk-now-label", least=4)
    assert redraws > 3
    assert len(lab.sent) == sent
    lab.release()
    lab.becomes("print(lr.says())", says(lab, "learning_rate"))
    lab.becomes("print((lr.lr, lr.epoch) != (1e-5, 30))", "True")


def test_dragging_a_weight_sends_nothing_either(lab):
    handle = '.rk-explorer[data-live="weights"] [data-name="w.1.0"] .noUi-handle'
    sent = sent_so_far(lab)
    _, redraws = lab.drag(handle, 0.4, '.rk-explorer[data-live="weights"] .rk-says', least=4)
    assert redraws > 3
    assert len(lab.sent) == sent
    lab.release()
    lab.becomes("print(weights.says())", says(lab, "weights"))


def test_buttons_go_to_python_and_say_what_was_done(lab):
    box = put(lab, "weights", "weights.w, weights.b = weights.view.data.w, weights.view.data.b")
    box.get_by_role("button", name="Take one real step").click()
    box.get_by_text("One real step with lr 1e-5: the loss went from 33060.8").wait_for()
    box.locator(".rk-says", has_text="The loss is 23432.5").wait_for()
    box.get_by_role("button", name="Back to the start").click()
    box.locator(".rk-says", has_text="The loss is 33060.8").wait_for()


def test_the_number_beside_a_slider_is_the_pictures_even_past_its_end(lab):
    box = put(lab, "weights", "weights.w = [[1.541, -9e6, 0], [0, 0, 0]]")
    numbers = [box.locator(f'[data-name="w.0.{i}"] output').inner_text() for i in (0, 1)]
    assert numbers == ["1.541", "◂ −9e6"]
    put(lab, "weights", "weights.w = weights.view.data.w")


def test_what_a_button_said_ends_when_a_slider_is_moved(lab):
    box = put(lab, "weights", "weights.step()")
    box.locator(".rk-did", has_text="One real step").wait_for()
    box.locator('[data-name="w.0.0"] .noUi-handle').press("ArrowRight")
    expect(box.locator(".rk-did")).to_have_text("")
    lab.becomes("print(repr(weights.note))", "''")


def test_a_slider_is_one_stop_of_the_tab_key(lab):
    box = explorer(lab, "weights")
    stops = box.evaluate(
        "(box) => [...box.querySelectorAll('.rk-controls *')].filter((element) => element.tabIndex >= 0).length"
    )
    assert stops == 10  # eight weights, one choice, lr


def test_the_best_lr_is_one_press_away(lab):
    box = put(lab, "lr", "lr.lr, lr.epoch = 1e-5, 30")
    box.get_by_role("button", name="Best fixed lr").click()
    lab.becomes("print(lr.lr == lr.view.data.bowl.best_lr)", "True")
    box.get_by_role("button", name="25 on").click()
    box.locator(".rk-says", has_text="Epoch 55 with").wait_for()


def test_the_start_is_taken_hold_of_on_the_map(lab):
    box = put(lab, "one", "one.w, one.b = 0.0, 0.0")
    grab = box.locator(".rk-grab")
    size = grab.bounding_box()
    # it waits until the notebook stands still, which follows a cell that has run
    grab.hover(position={"x": size["width"] / 4, "y": size["height"] / 4})
    bounds = grab.bounding_box()
    sent = len(lab.sent)
    x, y = bounds["x"] + bounds["width"] / 4, bounds["y"] + bounds["height"] / 4
    lab.page.mouse.down()
    lab.page.mouse.move(x + 30, y + 20, steps=3)
    assert len(lab.sent) == sent
    lab.page.mouse.up()
    lab.becomes("print(one.says())", says(lab, "one_input"))
    (w_low, w_high), (b_low, b_high) = kit.explore_one_input().view.ranges
    w = w_low + (w_high - w_low) * (0.25 + 30 / bounds["width"])
    b = b_high - (b_high - b_low) * (0.25 + 20 / bounds["height"])
    lab.becomes(f"print(abs(one.w - {w}) < 3, abs(one.b - {b}) < 3)", "True True")
    box.get_by_role("button", name="Take one step").click()
    lab.becomes("print(len(one.path))", "2")


def test_steps_in_the_wrong_order_show_torchs_own_words(lab):
    box = put(lab, "steps", "steps.press('again')")
    for name in ("predict", "loss", "backward", "backward"):
        box.get_by_role("button", name=name).click()
    box.get_by_text("backward raised RuntimeError: Trying to backward").wait_for()


def test_playing_goes_on_to_the_end_and_pauses(lab):
    box = put(lab, "compare", "compare.epoch = 55")
    box.get_by_role("button", name="Play").click()
    box.locator(".rk-says", has_text="After step 60").wait_for()
    box.get_by_role("button", name="Play").wait_for()  # no longer "Pause"
    lab.becomes("print(compare.epoch)", "60")
    box.get_by_role("button", name="Back to the start").click()
    box.get_by_role("button", name="1 on").click()
    box.locator(".rk-says", has_text="After step 1:").wait_for()


def test_two_side_by_side_move_on_their_own(lab):
    before = says(lab, "learning_rate", 2)
    lab.python("pair.children[0].lr = 7e-5")
    explorer(lab, "learning_rate", 1).locator(".rk-says", has_text="with lr 7e-5").wait_for()
    assert says(lab, "learning_rate", 2) == before


def test_the_same_one_shown_twice_moves_together(lab):
    first, second = explorer(lab, "learning_rate", 4), explorer(lab, "learning_rate", 5)
    first.locator("[data-name=epoch] .noUi-handle").focus()
    lab.page.keyboard.press("Home")
    second.locator(".rk-says", has_text="Epoch 0 with").wait_for()
    lab.becomes("print(again.epoch)", "0")


def test_it_asks_first_and_shows_second(lab):
    box = explorer(lab, "learning_rate", 3)
    picture, wait = box.locator(".rk-figure"), box.get_by_text("and the picture appears")
    assert picture.is_hidden() and wait.is_visible()
    box.get_by_text("down, swinging from side to side").click()
    box.locator("[open]").get_by_text("Not so. Right is: straight down").wait_for()
    picture.wait_for()
    assert wait.is_hidden()
    lab.becomes("print(asking.expected)", "1")


def test_keys_move_the_slider(lab):
    put(lab, "lr", "lr.lr, lr.epoch = 1e-5, 30")
    lab.page.locator(HANDLE).first.focus()
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("ArrowUp")
    explorer(lab, "learning_rate").locator(".rk-says", has_text="lr 1.096e-5").wait_for()
    lab.becomes("print(f'{lr.lr:.4g}')", "1.096e-05")


def test_a_screen_reader_finds_names_values_and_descriptions(lab):
    box = put(lab, "lr", "lr.lr, lr.epoch = 1e-5, 30")
    slider = box.get_by_role("slider", name="learning rate lr")
    assert slider.get_attribute("aria-valuetext") == "1e-5"
    assert box.get_by_role("slider", name="epoch").get_attribute("aria-valuetext") == "30"
    tree = lab.page.locator(LR).first.aria_snapshot()
    for part in (
        'slider "learning rate lr"',
        'button "Play"',
        'img "Gradient descent',
        "largest stable",
    ):
        assert part in tree
    assert explorer(lab, "weights").get_by_role("combobox", name="written out").count() == 1
    unnamed = (
        "() => [...document.querySelectorAll('.rk-explorer :is(button, select, [role=slider])')]"
    )
    assert lab.page.evaluate(
        unnamed + ".every((element) => element.textContent.trim() || element.ariaLabel)"
    )


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_all_words_stand_out_in_both_themes(lab, theme, tmp_path):
    lab.page.evaluate(
        "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
    )
    lab.page.wait_for_function(
        "(light) => document.body.dataset.jpThemeLight === light", arg=str("Light" in theme).lower()
    )
    for name in ALL:
        box = explorer(lab, name)
        assert_words_stand_out(box)
        shot = tmp_path / f"{name}.png"
        box.screenshot(path=shot)
        assert shot.stat().st_size > 8_000
    if "Light" in theme:
        assert violations(lab.page, [[".rk-explorer"]]) == []


# A word that is cut off is not hit by a pointer either.
PAINTED = """(box) => [...box.querySelectorAll('.rk-panel')].map((panel) => {
  const word = panel.querySelector('text');
  word.scrollIntoView({ block: 'center' });
  const { left, top, width, height } = word.getBoundingClientRect();
  return document.elementFromPoint(left + width / 2, top + height / 2) === word;
})"""


# From the figure's own box, which scrolls where words would be too small.
OVER = """(box) => [box.scrollWidth - box.clientWidth,
  ...[...box.querySelectorAll('.rk-figure text')].map((word) => {
    const room = box.querySelector('.rk-sheet');
    room.scrollLeft = 0;
    const [inner, outer] = [word, room].map((element) => element.getBoundingClientRect());
    return Math.max(inner.right - outer.left - room.scrollWidth, outer.left - inner.left);
  })]"""


@pytest.mark.parametrize(
    ("width", "scrolls"), [(400, True), (480, False), (1080, False), (1600, False)]
)
def test_it_fits_pages_of_any_width(lab, width, scrolls):
    lab.page.set_viewport_size({"width": width, "height": 900})
    lab.page.wait_for_timeout(200)
    for name in ALL:
        box = explorer(lab, name)
        sizes = box.evaluate(OVER)
        assert max(sizes) <= 2, (name, sizes)
        assert_words_stand_out(box, least_pixels=11 if width > 480 else 9)
        sheet = box.locator(".rk-sheet")
        assert sheet.evaluate("(box) => box.scrollWidth > box.clientWidth") == scrolls, name
        assert all(box.evaluate(PAINTED)), name
    lab.page.set_viewport_size({"width": 1280, "height": 900})


# Until it has stood in one place for half a second: scrolling attaches the cells that come in sight.
STILL = """async (box) => {
  let since = performance.now(), before = '';
  while (performance.now() - since < 500) {
    await new Promise(requestAnimationFrame);
    const now = JSON.stringify(box.getBoundingClientRect());
    if (now !== before) [since, before] = [performance.now(), now];
  }
}"""
WATCH = """(box) => {
  const seen = { shifts: 0, nodes: 0, blank: 0, heights: new Set() };
  const notebook = box.closest('.jp-Notebook');  // JupyterLab's own bars settle when they like
  new PerformanceObserver((list) => list.getEntries().forEach(({ value, sources }) => {
    if (sources.some(({ node }) => notebook.contains(node))) seen.shifts += value;
  })).observe({ type: 'layout-shift' });
  new MutationObserver((list) => list.forEach(({ addedNodes, removedNodes }) => (seen.nodes +=
    [...addedNodes, ...removedNodes].filter(({ nodeType }) => nodeType === 1).length)))
    .observe(box.querySelector('.rk-sheet'), { childList: true, subtree: true });
  const look = () => {
    seen.heights.add(box.getBoundingClientRect().height);
    seen.blank += !box.querySelector('.rk-figure').getBBox().width;
    requestAnimationFrame(look);
  };
  look();
  window.seen = seen;
}"""


@pytest.mark.parametrize(
    ("name", "control"), [("learning_rate", "lr"), ("weights", "w.0.0"), ("bowl", "scale")]
)
def test_nothing_flickers_or_jumps_while_it_is_dragged(lab, name, control):
    box = explorer(lab, name)
    handle = f'[data-live="{name}"] [data-name="{control}"] .noUi-handle'
    lab.page.locator(handle).first.scroll_into_view_if_needed()
    box.evaluate(STILL)
    box.evaluate(WATCH)
    _, redraws = lab.drag(handle, 0.8, f'[data-live="{name}"] .rk-says', least=4)
    lab.release()
    seen = lab.page.evaluate("() => ({ ...seen, heights: seen.heights.size })")
    assert redraws > 3
    # No element of the picture came or went, no frame was blank, nothing else was moved.
    assert seen == {"shifts": 0, "nodes": 0, "blank": 0, "heights": 1}


def test_the_saved_notebook_stays_small_and_keeps_the_still_picture(lab, server):
    lab.save()
    lab.page.wait_for_timeout(300)
    text = (server.folder / "explorers.ipynb").read_text("utf-8")
    assert "widget-state" not in text
    assert "rk-figure" in text
    assert len(text) < 100_000 * 10


def test_after_a_restart_pictures_still_move_and_buttons_say_so(
    lab,
):  # the last: it ends the kernel
    lab.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    lab.page.locator(HANDLE).first.scroll_into_view_if_needed()
    explorer(lab, "learning_rate").evaluate(STILL)
    before = says(lab, "learning_rate")
    lab.drag(HANDLE, 0.3, f"{LR} .rk-says", least=4)
    lab.release()
    assert says(lab, "learning_rate") != before
    box = explorer(lab, "weights")
    box.get_by_role("button", name="Take one real step").click()
    box.get_by_text("If the kernel was restarted, run this cell again.").wait_for()
