// The explorers' one script. It draws nothing: Python drew the picture, and this moves its marks,
// by the closed form of gradient descent, so that sliders need no kernel. It runs as an anywidget
// in notebooks, and as it stands on a page without a kernel.

// Numbers as texts and places, as in numerals.py and svg.py.

export function short(value, digits = 6) {
  if (!Number.isFinite(value)) return isNaN(value) ? "NaN" : value > 0 ? "infinity" : "−infinity";
  const tiny = value !== 0 && Math.abs(value) < 1e-3;
  const text = tiny ? value.toExponential(digits - 1) : value.toPrecision(digits);
  const [mantissa, power] = text.split("e");
  const plain = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return (plain + (power ? `e${Number(power)}` : "")).replace(/^-/, "−");
}

const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const tenth = (value) => Number(value.toFixed(1));
const between = (value, low, high) => Math.min(Math.max(value, low), high);
const sum = (values) => values.reduce((total, value) => total + value, 0);

function axis(plot, name) {
  const [low, high, start, end] = ["Low", "High", "Start", "End"].map((part) => Number(plot.dataset[name + part]));
  const grade = plot.dataset[`${name}Scale`] === "log" ? Math.log10 : (value) => value;
  const place = (value) => start + ((grade(value) - grade(low)) / (grade(high) - grade(low))) * (end - start);
  return Object.assign(place, { low, high, start, end, middle: (low + high) / 2, half: (high - low) / 2 });
}

// Gradient descent in the bowl, as in bowl.py: along each direction j the distance from the lowest
// point shrinks by the factor 1 - lr·λj a step. `start` holds those distances, (d+1, k).

export function distances(bowl, lr, epoch) {
  return bowl.start.map((row, j) => {
    const shrink = (1 - lr * bowl.eigenvalues[j]) ** epoch;
    return row.map((distance) => (distance === 0 ? 0 : shrink * distance));
  });
}

export function lossAfter(bowl, lr, epoch) {
  const heights = bowl.start.map((row, j) => 0.5 * bowl.eigenvalues[j] * sum(row.map((c) => c * c)));
  const parts = heights.map((height, j) => (height === 0 ? 0 : ((1 - lr * bowl.eigenvalues[j]) ** epoch) ** 2 * height));
  return bowl.floor + sum(parts);
}

// θ = [w.T; b], (d+1, k).
export function thetaAfter(bowl, lr, epoch) {
  const along = distances(bowl, lr, epoch);
  return bowl.minimum.map((row, i) =>
    row.map((low, crop) => {
      const value = low + sum(along.map((distance, j) => bowl.directions[i][j] * distance[crop]));
      return isNaN(value) ? Infinity : value;
    }),
  );
}

const predict = (row, theta, crop) => sum([...row, 1].map((value, i) => value * theta[i][crop]));

// Marks.

const set = (mark, attributes) => Object.entries(attributes).forEach(([name, value]) => mark.setAttribute(name, value));
const dot = (mark, x, y) => set(mark, { cx: tenth(x), cy: tenth(y) });
const through = (xs, ys) => "M" + xs.map((x, i) => `${tenth(x)},${tenth(ys[i])}`).join("L");
const curve = (mark, xs, ys) => mark.setAttribute("d", through(xs, ys));
const dots = (mark, xs, ys) => mark.setAttribute("d", xs.map((x, i) => `M${tenth(x)},${tenth(ys[i])}h0`).join(""));
function label(mark, x, y, text) {
  set(mark, { x: tenth(x), y: tenth(y) });
  if (mark.textContent !== text) mark.textContent = text;
}

// A curve of losses ends where it leaves the picture.
function lossCurve(mark, x, y, numbers, losses) {
  const out = losses.findIndex((loss) => !(loss <= y.high));
  const count = out < 0 ? losses.length : out + 1;
  const heights = losses.slice(0, count).map((loss) => y(loss <= y.high ? Math.max(loss, y.low) : y.high));
  curve(mark, numbers.slice(0, count).map(x), heights);
}

function lossNow(plot, x, y, number, loss) {
  const [cx, cy] = [x(number), y(between(isNaN(loss) ? Infinity : loss, y.low, y.high))];
  dot(plot.querySelector(".rk-now"), cx, cy);
  const words = plot.querySelector(".rk-now-label");
  const left = cx < (x.start + x.end) / 2;
  words.setAttribute("text-anchor", left ? "start" : "end");
  label(words, cx + (left ? 8 : -8), Math.max(cy - 9, y.end + 8), short(loss));
}

// One crop's path with its steps and its end, as contours.py draws it.
function cropPath(plot, crop, across, up) {
  const [x, y] = [axis(plot, "x"), axis(plot, "y")];
  const far = across.map((value, i) => Math.max(Math.abs((value - x.middle) / x.half), Math.abs((up[i] - y.middle) / y.half)));
  const first = far.findIndex((value, i) => i > 0 && value > 4);
  if (first > 0) {
    const nearer = (values) => values[first - 1] + (values[first] - values[first - 1]) * (4 / far[first]);
    [across, up] = [across, up].map((values) => [...values.slice(0, first), nearer(values)]);
  }
  const [xs, ys] = [across.map(x), up.map(y)];
  let kept = [0];
  for (let i = 1; i < xs.length; i++) {
    const last = kept[kept.length - 1];
    if (Math.hypot(xs[i] - xs[last], ys[i] - ys[last]) >= 1) kept.push(i);
  }
  kept = kept.slice(0, 400);
  const end = xs.length - 1;
  if (!kept.includes(end)) kept.push(end);
  const mark = (kind) => plot.querySelector(`.rk-${kind}[data-crop="${crop}"]`);
  const pick = (values, which) => which.map((i) => values[i]);
  const steps = kept.slice(1, 40);
  curve(mark("path"), pick(xs, kept), pick(ys, kept));
  dots(mark("steps"), pick(xs, steps), pick(ys, steps));
  dot(mark("end"), xs[end], ys[end]);
}

function harvest(picture, preds, targets) {
  const plot = picture.querySelector(".rk-harvest");
  const x = axis(plot, "x");
  for (const line of plot.querySelectorAll(".rk-line")) {
    const { row, crop } = line.dataset;
    const place = tenth(x(between(preds[row][crop], x.low, x.high)));
    line.querySelector(".rk-pred").setAttribute("cx", place);
    line.querySelector(".rk-miss").setAttribute("x2", place);
    const value = line.querySelector(".rk-value");
    value.textContent = short(preds[row][crop], 4);
  }
}

// The explorers: each moves the marks of its picture and says what is to be seen.

function learningRate(picture, { bowl, times, inputs, targets, words }, { lr, epoch }) {
  const losses = picture.querySelector(".rk-loss");
  const [x, y] = [axis(losses, "x"), axis(losses, "y")];
  const all = times.map((time) => lossAfter(bowl, lr, time));
  const shown = [...times.filter((time) => time < epoch), epoch];
  const loss = lossAfter(bowl, lr, epoch);
  lossCurve(losses.querySelector(".rk-curve"), x, y, times, all);
  lossCurve(losses.querySelector(".rk-trail"), x, y, shown, [...all.slice(0, shown.length - 1), loss]);
  lossNow(losses, x, y, epoch, loss);
  const path = shown.map((time) => distances(bowl, lr, time)).filter((along) => along.flat().every(Number.isFinite));
  const contours = picture.querySelector(".rk-contours");
  for (const { dataset } of contours.querySelectorAll(".rk-path")) {
    cropPath(contours, dataset.crop, path.map((along) => along[1][dataset.crop]), path.map((along) => along[0][dataset.crop]));
  }
  const theta = thetaAfter(bowl, lr, epoch);
  harvest(picture, inputs.map((row) => targets[0].map((_, crop) => predict(row, theta, crop))));
  const product = lr * bowl.eigenvalues[0];
  const kind = product > 2 ? "diverges" : product > 1 ? "swings" : "steady";
  const values = { lr: short(lr, 4), epoch, loss: short(loss), product: short(product, 3) };
  return fill(`${words.now} ${words[kind]}${loss <= y.high ? "" : ` ${words.past}`}`, values);
}

const EXPLORERS = { learning_rate: learningRate };

// Controls: ipywidgets where there is a widget manager, the page's own inputs elsewhere.

const at = (state, path) => path.split(".").reduce((value, key) => value[key], state);
function put(state, path, value) {
  const [key, ...rest] = path.split(".");
  if (!rest.length) return value;
  const copy = Array.isArray(state) ? [...state] : { ...state };
  copy[rest[0]] = put(copy[rest[0]], rest.join("."), value);
  return copy;
}

const make = (tag, name, attributes = {}) => {
  const element = document.createElement(tag);
  element.className = name;
  set(element, attributes);
  return element;
};

function ticks({ marks, low, high, log }) {
  const grade = log ? Math.log : (value) => value;
  return marks.map(({ value, label }) => {
    const share = (grade(value) - grade(low)) / (grade(high) - grade(low));
    const tick = make("span", `rk-tick${share > 0.5 ? " rk-left" : ""}`, { style: `left:${(100 * share).toFixed(2)}%` });
    tick.append(label);
    return tick;
  });
}

// Keys belong to the control that has them, not to the notebook's own shortcuts.
const keepKeys = (element) => element.setAttribute("data-lm-suppress-shortcuts", "true");

async function widgetControl(control, { manager, reference }, { slid, released }) {
  const model = await manager.get_model(reference.slice("IPY_MODEL_".length));
  const view = await manager.create_view(model);
  const box = make("div", "rk-control");
  box.append(view.el);
  view.trigger("displayed");
  const track = view.el.querySelector(".noUi-target");
  const handle = view.el.querySelector(".noUi-handle");
  const field = view.el.querySelector("select");
  const readout = view.el.querySelector(".widget-readout");
  const name = control.kind === "choice" ? "index" : "value";
  const number = (value) => (control.log ? 10 ** value : value);
  let [sliding, words] = [false, ""];
  const changed = () => {
    sliding = false;
    released(model.get(name));
  };
  model.on(`change:${name}`, changed);
  const speak = () => handle?.setAttribute("aria-valuetext", words);
  track?.noUiSlider?.on("slide.rk", (values) => {
    sliding = true;
    slid(number(Number(values[0])));
  });
  track?.noUiSlider?.on("update.rk", speak); // the slider itself has just said the bare number
  track?.append(...ticks(control));
  for (const element of [handle, field, readout]) {
    if (!element) continue;
    keepKeys(element);
    element.setAttribute("aria-label", control.label);
  }
  readout?.setAttribute("role", "textbox");
  return {
    box,
    show(value, text) {
      // While a hand moves the slider, its model waits, so that nothing goes to the kernel.
      if (!sliding && model.get(name) !== value) {
        model.off(`change:${name}`, changed);
        model.set(name, value);
        model.save_changes();
        model.on(`change:${name}`, changed);
      }
      words = text;
      speak();
    },
    remove() {
      model.off(`change:${name}`, changed);
      view.remove();
    },
  };
}

function pageControl(control, { slid, released }) {
  const box = make("label", "rk-control");
  const title = make("span", "rk-label");
  title.append(control.label);
  if (control.kind === "choice") {
    const field = make("select", "rk-field");
    field.append(...control.options.map((option, index) => new Option(option, index)));
    field.addEventListener("change", () => released(Number(field.value)));
    keepKeys(field);
    box.append(title, field);
    return { box, show: (value) => (field.value = value), remove() {} };
  }
  const [grade, number] = control.log ? [Math.log10, (value) => 10 ** value] : [Number, Number];
  const input = make("input", "rk-range", { type: "range", min: grade(control.low), max: grade(control.high), step: control.step });
  const track = make("span", "rk-track");
  const readout = make("output", "rk-readout");
  track.append(input, ...ticks(control));
  box.append(title, track, readout);
  input.addEventListener("input", () => slid(number(Number(input.value))));
  input.addEventListener("change", () => released(number(Number(input.value))));
  keepKeys(input);
  return {
    box,
    show(value, text) {
      if (document.activeElement !== input || Math.abs(grade(value) - Number(input.value)) > control.step) input.value = grade(value);
      input.setAttribute("aria-valuetext", text);
      readout.textContent = text;
    },
    remove() {},
  };
}

// One explorer on the page. `store` holds its state: get, set, save (tell the kernel), on (changes).
async function bringToLife(root, given, store, manager, references) {
  const picture = root.querySelector(".rk-sheet");
  const says = root.querySelector(".rk-says");
  const said = root.querySelector(".rk-said");
  const controls = {};
  root.querySelector("details")?.remove();
  root.dataset.live = given.explorer;

  const state = () => Object.fromEntries(given.names.map((name) => [name, store.get(name)]));
  const readout = (control, value) => (control.options ? control.options[value] : short(value, 4));
  function redraw() {
    const now = state();
    says.textContent = EXPLORERS[given.explorer](picture, given, now);
    for (const control of given.controls) {
      const value = controls[control.name] && at(now, control.name);
      controls[control.name]?.show(value, readout(control, value));
    }
  }
  function move(control, value) {
    const [name] = control.name.split(".");
    store.set(name, put(store.get(name), control.name, control.whole ? Math.round(value) : value));
  }
  const moves = (control) => ({
    slid: (value) => move(control, value),
    released(value) {
      move(control, value);
      store.save();
      said.textContent = says.textContent;
    },
  });
  const boxes = [];
  for (const control of given.controls.filter(({ kind }) => kind !== "button")) {
    const reference = references?.[control.name];
    const made = manager && reference ? await widgetControl(control, { manager, reference }, moves(control)) : pageControl(control, moves(control));
    controls[control.name] = made;
    boxes.push(made.box);
  }
  root.querySelector(".rk-controls").replaceChildren(...boxes);
  const stops = given.names.map((name) => store.on(name, redraw));
  redraw();
  return () => {
    stops.forEach((stop) => stop());
    Object.values(controls).forEach((control) => control.remove());
  };
}

function pageStore(state) {
  const listeners = {};
  return {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      listeners[name]?.forEach((listener) => listener());
    },
    save() {},
    on(name, listener) {
      (listeners[name] ??= []).push(listener);
      return () => {};
    },
  };
}

export function bringPagesToLife() {
  for (const root of document.querySelectorAll(".rk-explorer:not([data-live])")) {
    const { given, state } = JSON.parse(root.querySelector("script[type='application/json']").textContent);
    bringToLife(root, given, pageStore(state));
  }
}

async function render({ model, el }) {
  el.innerHTML = model.get("_still");
  const store = {
    get: (name) => model.get(name),
    set: (name, value) => model.set(name, value),
    save: () => model.save_changes(),
    on(name, listener) {
      model.on(`change:${name}`, listener);
      return () => model.off(`change:${name}`, listener);
    },
  };
  return bringToLife(el.querySelector(".rk-explorer"), model.get("_given"), store, model.widget_manager, model.get("_widgets"));
}

export default { render };
