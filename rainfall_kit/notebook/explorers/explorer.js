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

// The loss and its gradient anywhere, from the triangular factor of the data.

const thetaOf = ({ w, b }) => [...w[0].map((_, i) => w.map((row) => row[i])), b];

function residuals({ a, y }, theta) {
  return a.map((row, i) => y[i].map((target, crop) => sum(row.map((value, j) => value * theta[j][crop])) - target));
}

export const lossAt = (bowl, theta) => (sum(residuals(bowl, theta).flat().map((miss) => miss * miss)) + bowl.rest) / bowl.elements;

export function gradientAt(bowl, theta) {
  const misses = residuals(bowl, theta);
  return theta.map((row, j) => row.map((_, crop) => (2 / bowl.elements) * sum(misses.map((miss, i) => bowl.a[i][j] * miss[crop]))));
}

function weights(picture, given, { w, b, chosen }) {
  const { inputs, targets, words, params, most, elements } = given;
  const theta = thetaOf({ w, b });
  const [loss, slopes] = [lossAt(given, theta), gradientAt(given, theta)];
  const grads = [...b.flatMap((_, crop) => slopes.slice(0, -1).map((row) => row[crop])), ...slopes[slopes.length - 1]];
  const preds = inputs.map((row) => b.map((_, crop) => predict(row, theta, crop)));
  harvest(picture, preds);
  const plot = picture.querySelector(".rk-gradients");
  const x = axis(plot, "x");
  for (const arrow of plot.querySelectorAll(".rk-arrow")) {
    const grad = grads[arrow.dataset.index];
    const tip = tenth(x(between(-Math.sign(grad) * Math.log10(1 + Math.abs(grad)), x.low, x.high)));
    const turn = tip >= x(0) ? 1 : -1;
    const head = arrow.querySelector(".rk-head");
    arrow.querySelector(".rk-shaft").setAttribute("x2", tip);
    const height = head.getAttribute("transform").split(" ")[1];
    set(head, { transform: `translate(${tip.toFixed(1)} ${height}`, d: `M${2 * turn},0L${-6 * turn},-4.5V4.5Z` });
    arrow.querySelector(".rk-value").textContent = short(grad, 4);
  }
  const [row, crop] = [Math.floor(chosen / b.length), chosen % b.length];
  const terms = inputs[row].map((value, i) => [w[crop][i], value]);
  const product = ([weight, value]) => weight * value;
  const [pred, miss] = [preds[row][crop], preds[row][crop] - targets[row][crop]];
  const cells = [
    ...terms.slice(0, most).map(([weight, value]) => [short(weight, 4), `× ${short(value, 4)}`, short(weight * value, 4)]),
    ...(terms.length > most ? [["", "", short(sum(terms.slice(most).map(product)), 4)]] : []),
    ...[b[crop], pred, targets[row][crop], miss, (miss * miss) / elements].map((value) => ["", "", short(value, 4)]),
  ];
  picture.querySelector(".rk-what").textContent = given.whats[chosen];
  for (const cell of picture.querySelectorAll(".rk-cell")) {
    const [i, j] = cell.dataset.cell.split(".");
    cell.textContent = cells[i][j];
  }
  const steepest = grads.reduce((best, grad, i) => (Math.abs(grad) > Math.abs(grads[best]) ? i : best), 0);
  const grad = grads[steepest];
  const values = { loss: short(loss), floor: short(given.floor, 4), name: params[steepest], grad: short(grad, 4) };
  return fill(grad === 0 ? words.flat : words.now, { ...values, way: grad > 0 ? words.lower : words.raise });
}

// Singular values, the largest first, and right singular vectors, by one-sided Jacobi rotations,
// which keep the small ones as exact as the large ones.
export function singular(matrix) {
  const n = matrix.length;
  const columns = matrix[0].map((_, j) => matrix.map((row) => row[j]));
  const vectors = columns.map((_, j) => columns.map((_, i) => (i === j ? 1 : 0)));
  const dotted = (u, v) => sum(u.map((value, i) => value * v[i]));
  const turn = (pair, p, q, c, s) => {
    [pair[p], pair[q]] = [pair[p].map((u, i) => c * u - s * pair[q][i]), pair[p].map((u, i) => s * u + c * pair[q][i])];
  };
  for (let sweep = 0, turned = true; turned && sweep < 60; sweep++) {
    turned = false;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        const [alpha, beta, gamma] = [dotted(columns[p], columns[p]), dotted(columns[q], columns[q]), dotted(columns[p], columns[q])];
        if (Math.abs(gamma) <= 1e-16 * Math.sqrt(alpha * beta) || gamma === 0) continue;
        turned = true;
        const zeta = (beta - alpha) / (2 * gamma);
        const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const cosine = 1 / Math.hypot(1, tangent);
        for (const pair of [columns, vectors]) turn(pair, p, q, cosine, cosine * tangent);
      }
    }
  }
  const sizes = columns.map((column) => Math.sqrt(dotted(column, column)));
  const order = sizes.map((_, i) => i).sort((i, j) => sizes[j] - sizes[i]);
  return { values: order.map((i) => sizes[i]), vectors: order.map((i) => vectors[i]) };
}

// The bowl of inputs that are centred and scaled in part, as `Bowl.rescaled` makes it.
export function reshaped({ a, rows, elements, means, stds }, centre, scale) {
  const last = means.length;
  const scaled = a.map((row) => [...means.map((mean, i) => (row[i] - centre * mean * row[last]) / stds[i] ** scale), row[last]]);
  const { values, vectors } = singular(scaled);
  const noise = values[0] * Number.EPSILON * Math.max(rows, last + 1);
  const eigenvalues = values.map((value) => (value > noise ? (2 / elements) * value * value : 0));
  const curved = (i, j) => (2 / elements) * sum(scaled.map((row) => row[i] * row[j]));
  return { eigenvalues, directions: vectors, curved };
}

export function halfLife(lr, eigenvalue) {
  const factor = Math.abs(1 - lr * eigenvalue);
  return factor < 1 ? Math.log(0.5) / (factor > 0.5 ? Math.log1p(factor - 1) : Math.log(factor)) : Infinity;
}

const epochs = (half) => (half === Infinity ? "never" : half < 0.1 ? "at once" : short(half, 3));

function mixOf(direction, names) {
  const sizes = direction.map(Math.abs);
  const order = sizes.map((_, i) => i).sort((i, j) => sizes[j] - sizes[i]);
  const sign = Math.sign(direction[order[0]]);
  const shown = order.slice(0, 3).filter((i) => sizes[i] >= 0.05);
  const words = shown.map((i) => `${sign * direction[i] < 0 ? "−" : "+"} ${sizes[i].toFixed(2)} ${names[i].slice(0, 16)}`);
  return words.join(" ").replace(/^\+ /, "");
}

function bowl(picture, given, { centre, scale, share, plane }) {
  const { params, planes, words } = given;
  const { eigenvalues, directions, curved } = reshaped(given, centre, scale);
  const decided = eigenvalues.filter((value) => value > 0);
  const stable = 2 / eigenvalues[0];
  const lr = share * stable;
  const halves = eigenvalues.map((value) => halfLife(lr, value));
  const plot = picture.querySelector(".rk-halves");
  const x = axis(plot, "x");
  for (const row of plot.querySelectorAll(".rk-half")) {
    const { index } = row.dataset;
    row.querySelector(".rk-mix").textContent = `λ = ${short(eigenvalues[index], 4)}: ${mixOf(directions[index], params)}`;
    row.querySelector(".rk-bar").setAttribute("width", tenth(Math.max(x(between(halves[index], x.low, x.high)) - x.start, 1)));
    row.querySelector(".rk-value").textContent = epochs(halves[index]);
  }
  const [i, j] = planes[plane];
  const [p, q, r] = [curved(i, i), curved(i, j), curved(j, j)];
  const [middle, apart] = [(p + r) / 2, Math.hypot((p - r) / 2, q)];
  const narrow = middle + apart > 0 ? Math.sqrt(Math.max(middle - apart, 0) / (middle + apart)) : 1;
  const angle = (0.5 * Math.atan2(2 * q, p - r) * 180) / Math.PI;
  for (const ring of picture.querySelectorAll(".rk-slice")) {
    const long = Number(ring.getAttribute("ry"));
    const [cx, cy] = [ring.getAttribute("cx"), ring.getAttribute("cy")];
    set(ring, { rx: tenth(Math.max(long * narrow, 0.5)), transform: `rotate(${(-angle).toFixed(2)} ${cx} ${cy})` });
  }
  const text = (name, value) => (picture.querySelector(`.rk-${name}`).textContent = value);
  text("across", `→ ${params[i]}`);
  text("up", `↑ ${params[j]}`);
  text("ratio", `short to long axis 1 : ${short(narrow > 0 ? 1 / narrow : Infinity, 3)}`);
  const smallest = eigenvalues[eigenvalues.length - 1];
  const ends = { "0,0": "raw", "1,0": "centred", "0,1": "scaled", "1,1": "standardised" };
  const slowest = Math.max(...halves);
  return fill(slowest === Infinity ? words.never : words.now, {
    inputs: fill(words[ends[[centre, scale]] ?? "between"], { centre: short(centre, 3), scale: short(scale, 3) }),
    condition: short(smallest > 0 ? eigenvalues[0] / smallest : Infinity, 3),
    stable: short(stable, 4),
    best: short(2 / (decided[0] + decided[decided.length - 1]), 4),
    lr: short(lr, 4),
    slowest: epochs(slowest),
  });
}

function compare(picture, { runs, labels, steps, words }, { epoch }) {
  const plot = picture.querySelector(".rk-loss");
  const [x, y] = [axis(plot, "x"), axis(plot, "y")];
  const contours = picture.querySelector(".rk-contours");
  const index = (run, step) => run.numbers.findLastIndex((number) => number <= step);
  const shown = steps.filter((step) => step <= epoch);
  const at = runs.map((run, i) => {
    const now = index(run, epoch);
    const loss = Number(run.losses[now]);
    dot(plot.querySelector(`.rk-now[data-run="${i}"]`), x(run.numbers[now]), y(loss <= y.high ? Math.max(loss, y.low) : y.high));
    picture.querySelector(`.rk-run[data-run="${i}"] .rk-value`).textContent = short(loss, 6);
    if (contours) cropPath(contours, i, ...run.path.map((values) => shown.map((step) => values[index(run, step)])));
    return loss;
  });
  const rank = (i) => (Number.isFinite(at[i]) ? at[i] : Infinity);
  const order = at.map((_, i) => i).sort((i, j) => rank(i) - rank(j) || 0);
  const told = order.map((i) => fill(words.one, { name: labels[i], loss: short(at[i]) }));
  return fill(words.now, { epoch, losses: told.join(", ") });
}

// Torch took this step: its picture came whole.
function stepByStep(picture, given, { _drawn, _said }) {
  if (picture.drawn !== _drawn) picture.firstElementChild.innerHTML = picture.drawn = _drawn;
  return _said;
}

const EXPLORERS = { learning_rate: learningRate, weights, step_by_step: stepByStep, bowl, compare };

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
  track?.noUiSlider?.on("change.rk", () => (sliding = false));
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
      // While a hand moves the slider it is left alone. Its model is for the browser only: what the
      // kernel should know, it learns from the explorer's own.
      if (!sliding) {
        model.off(`change:${name}`, changed);
        model.set(name, control.kind === "choice" ? value : between(value, control.low, control.high));
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

// A question that is asked before the picture is shown.
function ask(root, { choices, right, because, words }, store) {
  const list = root.querySelector(".rk-question ul");
  const answer = make("p", "rk-answer", { role: "status" });
  const buttons = choices.map((choice, index) => {
    const button = make("button", "rk-button", { type: "button", "aria-pressed": "false" });
    button.append(choice);
    button.addEventListener("click", () => {
      store.set("expected", index);
      store.save();
    });
    return button;
  });
  list.replaceWith(...buttons, answer);
  return () => {
    const expected = store.get("expected");
    const asking = expected === null || expected === undefined;
    root.toggleAttribute("data-asking", asking);
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(index === expected)));
    const told = expected === right ? words.right : words.wrong;
    answer.textContent = asking ? "" : fill(told, { choice: choices[expected], right: choices[right], because });
  };
}

// One explorer on the page. `store` holds its state: get, set, save (tell the kernel), on (changes),
// and send (have the kernel do something), where there is a kernel.
async function bringToLife(root, given, store, manager, references) {
  root.dataset.live = given.explorer;
  root.querySelector("details")?.remove();
  const part = (name) => root.querySelector(`.rk-${name}`);
  const [picture, says, said, did] = ["sheet", "says", "said", "did"].map(part);
  const names = [...given.names, "note"];
  const state = () => Object.fromEntries(names.map((name) => [name, store.get(name)]));
  const controls = {};
  const readout = (control, value) => (control.options ? control.options[value] : short(value, 4));

  function redraw() {
    const now = state();
    says.textContent = EXPLORERS[given.explorer](picture, given, now);
    did.textContent = now.note;
    for (const control of given.controls) {
      const value = controls[control.name] && at(now, control.name);
      controls[control.name]?.show(value, readout(control, value));
    }
  }
  function move(control, value) {
    const [name] = control.name.split(".");
    store.set(name, put(store.get(name), control.name, control.whole ? Math.round(value) : value));
  }
  function settle() {
    store.save();
    said.textContent = says.textContent;
  }
  for (const control of given.controls.filter(({ kind }) => kind !== "button")) {
    const moves = {
      slid: (value) => move(control, value),
      released(value) {
        move(control, value);
        settle();
      },
    };
    const reference = references?.[control.name];
    controls[control.name] =
      manager && reference ? await widgetControl(control, { manager, reference }, moves) : pageControl(control, moves);
  }
  part("controls").replaceChildren(...Object.values(controls).map(({ box }) => box));

  const epoch = given.controls.find(({ name }) => name === "epoch");
  let playing = null;
  function pause() {
    clearInterval(playing);
    playing = null;
    buttons.play.textContent = "Play";
    settle();
  }
  const presses = {
    play() {
      if (playing) return pause();
      if (store.get("epoch") >= epoch.high) move(epoch, 0);
      buttons.play.textContent = "Pause";
      playing = setInterval(() => {
        move(epoch, Math.min(store.get("epoch") + Math.max(1, epoch.high / 100), epoch.high));
        if (store.get("epoch") >= epoch.high) pause();
      }, 60);
    },
    next() {
      move(epoch, Math.min(store.get("epoch") + 1, epoch.high));
      settle();
    },
    first() {
      if (playing) pause();
      move(epoch, 0);
      settle();
    },
    start() {
      Object.entries(given.start).forEach(([name, value]) => store.set(name, value));
      settle();
    },
  };
  const buttons = {};
  for (const { name, label, hint, kernel } of given.controls.filter(({ kind }) => kind === "button")) {
    const button = make("button", "rk-button", { type: "button", title: hint });
    button.append(label);
    button.disabled = kernel && !store.send;
    button.addEventListener("click", () => (kernel ? store.send(name, did) : presses[name]()));
    buttons[name] = button;
  }
  part("buttons").replaceChildren(...Object.values(buttons));
  if (!store.send && given.controls.some(({ kernel }) => kernel)) {
    part("buttons").append("Greyed buttons work where Python runs.");
  }

  const stops = names.map((name) => store.on(name, redraw));
  if (given.question) {
    const answer = ask(root, given.question, store);
    stops.push(store.on("expected", answer));
    answer();
  }
  redraw();
  return () => {
    clearInterval(playing);
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

// A button that Python answers: say that it works, and when no answer comes.
function sender(model) {
  let waiting = null;
  const done = () => clearTimeout(waiting);
  model.on("msg:custom", done);
  const send = (press, did) => {
    done();
    did.textContent = "Working …";
    const silent = "No answer so far. If the kernel was restarted, run this cell again.";
    waiting = setTimeout(() => (did.textContent = silent), 4000);
    model.send({ press });
  };
  return { send, stop: () => (done(), model.off("msg:custom", done)) };
}

async function render({ model, el }) {
  el.innerHTML = model.get("_still");
  const { send, stop } = sender(model);
  const store = {
    get: (name) => model.get(name),
    set: (name, value) => model.set(name, value),
    save: () => model.save_changes(),
    on(name, listener) {
      model.on(`change:${name}`, listener);
      return () => model.off(`change:${name}`, listener);
    },
    send,
  };
  const root = el.querySelector(".rk-explorer");
  const remove = await bringToLife(root, model.get("_given"), store, model.widget_manager, model.get("_widgets"));
  return () => {
    stop();
    remove();
  };
}

export default { render };
