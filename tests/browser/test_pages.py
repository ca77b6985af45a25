"""Explorers without a kernel: saved pages and exported notebooks, offline; and Notebook 7's keys."""

import dataclasses
from itertools import pairwise

import matplotlib.pyplot as plt
import nbformat
import pytest
from accessibility import assert_words_stand_out, violations
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from pictures import assert_same_picture
from playwright.sync_api import expect

import rainfall_kit as kit
from rainfall_kit.explorers.html import page_html
from rainfall_kit.lesson.reference import train
from rainfall_kit.quadratic.bowl import Bowl

TENSORS = kit.load_orchard().tensors()
RUN = train(*TENSORS, *kit.init_params(0), lr=1e-5, epochs=30)
WILD = train(*TENSORS, *kit.init_params(0), lr=1e-2, epochs=80)  # its losses go past all numbers
MOVED = {
    "learning_rate": (lambda: kit.explore_learning_rate(), "epoch"),
    "weights": (lambda: kit.explore_weights(), "w.0.1"),
    "bowl": (lambda: kit.explore_bowl(), "scale"),
    "one_input": (lambda: kit.explore_one_input(), "w"),
    "compare": (lambda: kit.explore_compare(slow=with_bowl(RUN), wild=with_bowl(WILD)), "epoch"),
    "compare, of other data": (lambda: kit.explore_compare(RUN, WILD), "epoch"),
}


def with_bowl(run):
    """A run that knows the data it was on, as %%gd_step keeps it."""
    return dataclasses.replace(run, quadratic=Bowl.from_data(*TENSORS).record())


@pytest.fixture
def offline(browser):
    """A page that notes every request for another file, and every error."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.troubles = []
    page.on("request", lambda request: page.troubles.append(request.url))
    page.on("console", lambda said: said.type == "error" and page.troubles.append(said.text))
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    yield page
    context.close()


def open_page(offline, path):
    """Open it, and wait until its picture is alive."""
    offline.goto(path.as_uri())
    offline.locator(".rk-explorer[data-live]").wait_for()


@pytest.mark.parametrize("name", MOVED)
def test_a_saved_page_moves_offline(offline, tmp_path, name):
    make, control = MOVED[name]
    explorer = make()
    path = explorer.save(tmp_path / "page.html")
    open_page(offline, path)
    assert offline.locator(".rk-says").inner_text() == explorer.says()
    offline.locator(f'[data-name="{control}"] input').focus()
    for _ in range(3):
        offline.keyboard.press("ArrowLeft" if control == "epoch" else "ArrowRight")
    if control == "epoch":
        explorer.epoch -= 3
    elif control == "scale":
        explorer.scale = 0.03
    elif control == "w":
        explorer.w = float(offline.locator('[data-name="w"] input').input_value())
    else:
        w = [list(row) for row in explorer.w]
        w[0][1] = float(offline.locator('[data-name="w.0.1"] input').input_value())
        assert w[0][1] != explorer.w[0][1]
        explorer.w = w
    assert offline.locator(".rk-says").inner_text() == explorer.says()
    assert_same_picture(offline, explorer.figure())
    assert offline.troubles == [path.as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_saved_pages_can_be_read_by_all(browser, tmp_path, scheme):
    explorers = [make() for make, _ in MOVED.values()]
    explorers += [kit.explore_step_by_step(), kit.explore_bowl(predict=True)]
    path = tmp_path / "page.html"
    # All on one page, since each run of axe-core takes a second.
    path.write_text(page_html("All", "".join(explorer._output_html() for explorer in explorers)))
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 800})
    page.goto(path.as_uri())
    page.wait_for_function(
        f"() => document.querySelectorAll('[data-live]').length === {len(explorers)}"
    )
    page.locator("details").evaluate_all("(all) => all.forEach((element) => (element.open = true))")
    assert violations(page) == []
    assert_words_stand_out(page.locator("main"))
    page.set_viewport_size({"width": 480, "height": 800})
    assert_words_stand_out(page.locator("main"))
    page.set_viewport_size({"width": 320, "height": 800})
    assert_words_stand_out(page.locator("main"), least_pixels=9)
    page.close()


@pytest.mark.parametrize(("width", "scrolls"), [(1280, False), (480, False), (320, True)])
def test_the_words_of_a_plot_stay_large_enough_to_be_read(browser, width, scrolls):
    drawn = RUN.plot().figure
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.set_content(drawn._repr_html_())
    scale = page.locator("img").evaluate("(image) => image.width / image.naturalWidth")
    assert scale * drawn.dpi / 72 * plt.rcParams["font.size"] >= 9
    box = page.get_by_role("group", name="Figure")
    assert box.evaluate("(box) => box.scrollWidth > box.clientWidth") == scrolls
    page.close()
    plt.close(drawn)


def test_who_wants_no_motion_sees_a_few_still_pictures(browser, tmp_path):
    path = kit.explore_learning_rate(epoch=0).save(tmp_path / "page.html")
    page = browser.new_page(reduced_motion="reduce")
    open_page(page, path)
    page.evaluate(
        "() => { window.seen = []; new MutationObserver(() => seen.push(performance.now()))"
        ".observe(document.querySelector('.rk-trail'), { attributes: true }); }"
    )
    page.get_by_role("button", name="Speed").click()
    page.get_by_role("button", name="Speed 4×").click()
    page.get_by_role("button", name="Speed ¼×").click()
    page.get_by_role("button", name="Speed 1×").click()
    page.get_by_role("button", name="Play").click()
    page.locator(".rk-says", has_text="Epoch 100 with").wait_for()
    seen = page.evaluate("() => seen")
    assert len(seen) <= 4 and min(b - a for a, b in pairwise(seen)) > 400
    page.close()


def test_a_saved_page_takes_a_real_step_offline(offline, tmp_path):
    explorer = kit.explore_weights()
    open_page(offline, explorer.save(tmp_path / "page.html"))
    for name, count in (("Take one real step", 1), ("25 steps", 25)):
        offline.get_by_role("button", name=name).click()
        explorer.step(count)
        assert offline.locator(".rk-did").inner_text() == explorer.note
        assert_same_picture(offline, explorer.figure())


def test_a_hand_that_beats_the_goal_is_told_so_offline(offline, tmp_path):
    explorer = kit.explore_weights(w=[[0.0] * 3, [0.0] * 3], b=[0.0, 0.0], lr=1e-7)
    open_page(offline, explorer.save(tmp_path / "page.html"))
    w = [list(row) for row in explorer.w]
    for name, crop, i in (("w.0.1", 0, 1), ("w.1.1", 1, 1)):
        slider = offline.locator(f'[data-name="{name}"] input')
        slider.fill("0.9")
        w[crop][i] = float(slider.input_value())
        explorer.w = w
    assert offline.locator(".rk-says").inner_text() == explorer.says()
    assert "beats" in explorer.says()


@pytest.mark.parametrize("count", [1, 100])
def test_one_line_takes_steps_offline(offline, tmp_path, count):
    explorer = kit.explore_one_input(lr=0.3)
    open_page(offline, explorer.save(tmp_path / "page.html"))
    name = "Take one step" if count == 1 else f"{count} steps"
    offline.get_by_role("button", name=name).click()
    explorer.step(count)
    assert offline.locator(".rk-did").inner_text() == explorer.note
    assert_same_picture(offline, explorer.figure())


@pytest.mark.parametrize("lr", [1e-5, 1e200])  # the latter leads past all numbers
def test_the_five_steps_can_be_pressed_offline(offline, tmp_path, lr):
    explorer = kit.explore_step_by_step(lr=lr)
    explorer.press("predict", "loss")
    path = explorer.save(tmp_path / "page.html")
    open_page(offline, path)
    assert_same_picture(offline, explorer.figure())
    buttons = "backward move backward predict loss backward reset Start loss move predict loss"
    for button in buttons.split():
        offline.get_by_role("button", name=button).click()
        explorer.press("again" if button == "Start" else button)
        assert offline.locator(".rk-did").inner_text() == explorer.note
        assert offline.locator(".rk-says").inner_text() == explorer.says()
        assert_same_picture(offline, explorer.figure())
    assert offline.troubles == [path.as_uri()]


def test_what_only_the_students_own_function_knows_is_greyed_offline(offline, tmp_path):
    explorer = kit.explore_step_by_step(model=lambda x, w, _b: x @ w.t())
    open_page(offline, explorer.save(tmp_path / "page.html"))
    assert offline.get_by_role("button", name="1. predict").is_disabled()
    assert "Greyed buttons work where Python runs." in offline.locator(".rk-buttons").evaluate(
        "(box) => getComputedStyle(box, '::after').content"
    )


def test_a_saved_page_plays_and_asks(offline, tmp_path):
    path = kit.explore_learning_rate(epochs=5, epoch=0, predict=True).save(tmp_path / "page.html")
    open_page(offline, path)
    assert offline.locator(".rk-figure").is_hidden()
    offline.get_by_text("straight down, without swinging").first.click()
    offline.locator("[open]").get_by_text("✓ Right.").wait_for()
    offline.get_by_role("button", name="Play").click()
    offline.locator(".rk-says", has_text="Epoch 5 with").wait_for()
    assert offline.troubles == [path.as_uri()]


def test_an_exported_notebook_moves_without_a_kernel(offline, tmp_path):
    cells = ["import rainfall_kit", "rainfall_kit.explore_learning_rate()"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    NotebookClient(notebook, kernel_name="python3", timeout=600).execute()
    html, _ = HTMLExporter().from_notebook_node(notebook)
    path = tmp_path / "exported.html"
    path.write_text(html)
    open_page(offline, path)
    offline.locator('[data-name="epoch"] input').focus()
    offline.keyboard.press("Home")
    offline.locator(".rk-says", has_text="Epoch 0 with").wait_for()


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_a_notebook_that_is_opened_again_shows_and_moves_its_pictures(open_notebook, front_end):
    cells = [
        "import rainfall_kit",
        "e = rainfall_kit.explore_learning_rate()\ne",
        "rainfall_kit.side_by_side(rainfall_kit.explore_bowl(), rainfall_kit.explore_bowl())",
    ]
    name = f"again-{front_end}"
    first = open_notebook(name, cells, front_end=front_end)
    first.run_all()
    first.page.locator("[data-live] .noUi-handle").first.wait_for()
    first.close()
    again = open_notebook(name, front_end=front_end)  # with a new kernel, that ran nothing
    picture = again.page.locator('.rk-explorer[data-live="learning_rate"]')
    picture.locator(".rk-figure").wait_for()
    bowls = again.page.locator('.rk-explorer[data-live="bowl"]')
    expect(bowls).to_have_count(2)  # each comes to life on its own
    left, right = bowls.all()
    left.get_by_role("slider", name="scale the inputs").press("End")
    expect(right.locator(".rk-says")).to_contain_text("Condition number 2.19e6")
    assert "Condition number 2.19e6" not in left.locator(".rk-says").inner_text()
    assert left.bounding_box()["y"] == right.bounding_box()["y"]
    assert "model not found" not in again.page.content()
    slider = picture.get_by_role("slider", name="epoch")
    for key in ("ArrowLeft", "ArrowDown"):
        slider.press(key)
    picture.locator(".rk-says", has_text="Epoch 98 with").wait_for()
    assert again.errors == []


def test_notebook_7_leaves_the_keys_to_the_slider(open_notebook):
    notebook = open_notebook(
        "keys", ["import rainfall_kit", "e = rainfall_kit.explore_learning_rate()\ne"],
        front_end="notebook",
    )  # fmt: skip
    notebook.run_all()
    page = notebook.page
    handle = page.locator("[data-name=epoch] .noUi-handle")
    handle.wait_for()
    handle.focus()
    cell = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    before = page.evaluate(cell)
    for key in ("ArrowLeft", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    page.locator(".rk-says", has_text="Epoch 97 with").wait_for()
    notebook.becomes("print(e.epoch)", "97")
    assert page.evaluate(cell) == before
    sent = len(notebook.sent)
    _, redraws = notebook.drag("[data-name=lr] .noUi-handle", 0.4, ".rk-now-label", least=4)
    assert redraws > 3
    assert len(notebook.sent) == sent
    notebook.release()
    notebook.becomes("print(e.says())", page.locator(".rk-says").inner_text())
    assert notebook.errors == []
