// The explorers' one script. It draws nothing: Python drew the picture, this moves its marks. It is
// an anywidget, and runs on a page without a kernel, too.

const sum = (values) => values.reduce((total, value) => total + value, 0);
const between = (value, low, high) => Math.min(Math.max(value, low), high);
const one = (root, name) => root.querySelector(`.rk-${name}`);
const all = (root, name) => root.querySelectorAll(`.rk-${name}`);
const set = (mark, attributes) => Object.entries(attributes).forEach(([name, value]) => mark.setAttribute(name, value));
const write = (mark, text) => mark.textContent === text || (mark.textContent = text);
const put = (root, name, attributes) => set(one(root, name), attributes);
const say = (root, name, text) => write(one(root, name), text);
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export function short(value, digits = 6) {
	if (!Number.isFinite(value)) return isNaN(value) ? "NaN" : value > 0 ? "infinity" : "−infinity";
	const tiny = value !== 0 && Math.abs(value) < 1e-3;
	const [mantissa, power] = (tiny ? value.toExponential(digits - 1) : value.toPrecision(digits)).split("e");
	const plain = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
	return (plain + (power ? `e${Number(power)}` : "")).replace(/^-/, "−");
}

const tenth = (value) => Number(value.toFixed(1));

function axis(plot, name) {
	const [low, high, start, end] = ["Low", "High", "Start", "End"].map((part) => Number(plot.dataset[name + part]));
	const grade = plot.dataset[`${name}Scale`] === "log" ? Math.log10 : (value) => value;
	const place = (value) => start + ((grade(value) - grade(low)) / (grade(high) - grade(low))) * (end - start);
	const clip = (value) => place(value <= high ? Math.max(value, low) : high); // NaN, too, is past the end
	const away = (value) => Math.abs((2 * value - low - high) / (high - low));
	return Object.assign(place, { high, start, end, clip, away });
}

// As in bowl.py: along direction j the distance from the lowest point shrinks by 1 - lr·λj a step.

const scaled = (value, factor) => (value === 0 ? 0 : value * factor);
const shrink = (bowl, lr, epoch) => bowl.eigenvalues.map((value) => (1 - lr * value) ** epoch);

function distances(bowl, lr, epoch) {
	return shrink(bowl, lr, epoch).map((factor, j) => bowl.start[j].map((distance) => scaled(distance, factor)));
}

export function lossAfter(bowl, lr, epoch) {
	const height = (j) => 0.5 * bowl.eigenvalues[j] * sum(bowl.start[j].map((distance) => distance ** 2));
	return bowl.floor + sum(shrink(bowl, lr, epoch).map((factor, j) => scaled(height(j), factor ** 2)));
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

// The loss anywhere, from the triangular factor of the data.

const residuals = ({ a, y }, theta) =>
	a.map((row, i) => y[i].map((target, crop) => sum(row.map((value, j) => value * theta[j][crop])) - target));

export const lossAt = (bowl, theta) => (sum(residuals(bowl, theta).flat().map((miss) => miss * miss)) + bowl.rest) / bowl.elements;

export function gradientAt(bowl, theta) {
	const misses = residuals(bowl, theta);
	return theta.map((row, j) => row.map((_, crop) => (2 / bowl.elements) * sum(misses.map((miss, i) => bowl.a[i][j] * miss[crop]))));
}

// Singular values and right vectors, by one-sided Jacobi: it keeps small ones exact.
function singular(matrix) {
	const dot = (u, v) => sum(u.map((value, i) => value * v[i]));
	const found = matrix.map((_, j) => ({ u: matrix.map((row) => row[j]), vector: matrix.map((_, i) => Number(i === j)) }));
	const pairs = found.flatMap((first, p) => found.slice(p + 1).map((second) => [first, second]));
	const turn = ([first, second]) => {
		const [alpha, beta, gamma] = [dot(first.u, first.u), dot(second.u, second.u), dot(first.u, second.u)];
		if (Math.abs(gamma) <= 1e-16 * Math.sqrt(alpha * beta)) return false;
		const zeta = (beta - alpha) / (2 * gamma);
		const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
		const c = 1 / Math.hypot(1, tangent);
		for (const name of ["u", "vector"]) {
			const [x, y] = [first[name], second[name]];
			first[name] = x.map((value, i) => c * (value - tangent * y[i]));
			second[name] = y.map((value, i) => c * (tangent * x[i] + value));
		}
		return true;
	};
	for (let sweep = 0; sweep < 60 && pairs.filter(turn).length; sweep++);
	return found.map(({ u, vector }) => ({ size: Math.sqrt(dot(u, u)), vector })).sort((first, second) => second.size - first.size);
}

// The bowl of inputs that are centred and scaled in part.
export function reshaped({ a, rows, elements, means, stds }, centre, scale) {
	const last = means.length;
	const table = a.map((row) => [...means.map((mean, i) => (row[i] - centre * mean * row[last]) / stds[i] ** scale), row[last]]);
	const found = singular(table);
	const noise = found[0].size * Number.EPSILON * Math.max(rows, last + 1);
	const eigenvalues = found.map(({ size }) => (size > noise ? (2 / elements) * size * size : 0));
	const curved = (i, j) => (2 / elements) * sum(table.map((row) => row[i] * row[j]));
	return { eigenvalues, directions: found.map(({ vector }) => vector), curved };
}

export function halfLife(lr, eigenvalue) {
	const factor = Math.abs(1 - lr * eigenvalue);
	return factor < 1 ? Math.log(0.5) / Math.log(factor) : Infinity;
}

// Marks, as loss_plot.py, contours.py and harvest_panel.py draw them.

const dot = (mark, x, y) => set(mark, { cx: tenth(x), cy: tenth(y) });
const spots = (xs, ys) => xs.map((x, i) => `${tenth(x)},${tenth(ys[i])}`);
const curve = (mark, xs, ys) => set(mark, { d: `M${spots(xs, ys).join("L")}` });

function lossCurve(mark, x, y, numbers, losses) {
	const out = losses.findIndex((loss) => !(loss <= y.high)) + 1 || losses.length;
	curve(mark, numbers.slice(0, out).map(x), losses.slice(0, out).map(y.clip));
}

function cropPath(plot, crop, across, up) {
	const [x, y] = [axis(plot, "x"), axis(plot, "y")];
	const far = (i) => Math.max(x.away(across[i]), y.away(up[i]));
	const out = across.findIndex((_, i) => i > 0 && far(i) > 4);
	const reach = (values) => {
		const inside = values[out - 1];
		return out < 0 ? values : [...values.slice(0, out), inside + (values[out] - inside) * (4 / far(out))];
	};
	const [xs, ys] = [reach(across).map(x), reach(up).map(y)];
	const mark = (kind) => plot.querySelector(`.rk-${kind}[data-crop="${crop}"]`);
	const steps = spots(xs, ys).slice(1, 40);
	curve(mark("path"), xs, ys);
	set(mark("steps"), { d: steps.map((step) => `M${step}h0`).join("") });
	dot(mark("end"), xs.at(-1), ys.at(-1));
}

function harvest(picture, preds) {
	const x = axis(one(picture, "harvest"), "x");
	for (const line of all(picture, "line")) {
		const pred = preds[line.dataset.row][line.dataset.crop];
		const place = tenth(x.clip(pred));
		put(line, "pred", { cx: place });
		put(line, "miss", { x2: place });
		say(line, "value", short(pred, 4));
	}
}

// Each explorer moves the marks of its picture, and gives what is to be said.

const predict = (inputs, theta) => inputs.map((row) => theta[0].map((_, crop) => sum([...row, 1].map((value, i) => value * theta[i][crop]))));

function learningRate(picture, { bowl, times, inputs, words }, { lr, epoch }) {
	const plot = one(picture, "loss");
	const [x, y] = [axis(plot, "x"), axis(plot, "y")];
	const losses = times.map((time) => lossAfter(bowl, lr, time));
	const loss = lossAfter(bowl, lr, epoch);
	const shown = [...times.filter((time) => time < epoch), epoch];
	lossCurve(one(plot, "curve"), x, y, times, losses);
	lossCurve(one(plot, "trail"), x, y, shown, losses.slice(0, shown.length - 1).concat(loss));
	const [cx, cy] = [x(epoch), y.clip(loss)];
	dot(one(plot, "now"), cx, cy);
	put(plot, "now-label", { x: tenth(between(cx, x.start + 36, x.end - 30)), y: tenth(Math.max(cy - 11, y.end + 8)) });
	say(plot, "now-label", short(loss));
	const path = shown.map((time) => distances(bowl, lr, time)).filter((along) => along.flat().every(Number.isFinite));
	const along = (direction, crop) => path.map((distance) => distance[direction][crop]);
	all(picture, "path").forEach((_, crop) => cropPath(one(picture, "contours"), crop, along(1, crop), along(0, crop)));
	if (inputs.length) harvest(picture, predict(inputs, thetaAfter(bowl, lr, epoch)));
	const product = lr * bowl.eigenvalues[0];
	const kind = product > 2 ? "diverges" : product > 1 ? "swings" : "steady";
	const said = `${words.now} ${words[kind]} ${loss <= y.high ? "" : words.past}`.trim();
	return fill(said, { lr: short(lr, 4), epoch, loss: short(loss), product: short(product, 3) });
}

function weights(picture, given, { w, b, chosen }) {
	const { inputs, most, elements } = given;
	const theta = [...w[0].map((_, i) => w.map((row) => row[i])), b];
	const slopes = gradientAt(given, theta);
	const grads = [...b.flatMap((_, crop) => slopes.slice(0, -1).map((row) => row[crop])), ...slopes[w[0].length]];
	const preds = predict(inputs, theta);
	harvest(picture, preds);
	const x = axis(one(picture, "gradients"), "x");
	for (const arrow of all(picture, "arrow")) {
		const grad = grads[arrow.dataset.index];
		const tip = tenth(x.clip(-Math.sign(grad) * Math.log10(1 + Math.abs(grad))));
		const back = tip < x(0) ? 7 : -7;
		put(arrow, "shaft", { d: `M${tenth(x(0))},0H${tip}m${back},-5l${-back},5l${back},5` });
		say(arrow, "value", short(grad, 4));
	}
	const [row, crop] = [Math.floor(chosen / b.length), chosen % b.length];
	const [pred, target] = [preds, given.targets].map((table) => table[row][crop]);
	const products = inputs[row].map((value, i) => w[crop][i] * value);
	const more = products.length > most ? [sum(products.slice(most))] : [];
	const last = [...products.slice(0, most), ...more, b[crop], pred, target, pred - target, (pred - target) ** 2 / elements];
	const columns = [w[crop], inputs[row], last];
	say(picture, "what", given.whats[chosen]);
	for (const cell of all(picture, "cell")) {
		const [i, j] = cell.dataset.cell.split(".");
		write(cell, (j === "1" ? "× " : "") + short(columns[j][i], 4));
	}
	return fill(given.words.now, { loss: short(lossAt(given, theta)), floor: short(given.floor, 4) });
}

function bowl(picture, given, { centre, scale, share, plane }) {
	const { eigenvalues, directions, curved } = reshaped(given, centre, scale);
	const [largest, smallest] = [eigenvalues[0], eigenvalues.at(-1)];
	const lr = (share * 2) / largest;
	const halves = eigenvalues.map((value) => halfLife(lr, value));
	const told = (half) => (half === Infinity ? "never" : half < 0.1 ? "at once" : short(half, 4));
	const x = axis(one(picture, "halves"), "x");
	for (const row of all(picture, "half")) {
		const { index } = row.dataset;
		const [half, parts] = [halves[index], directions[index]];
		const order = parts.map((_, i) => i).sort((i, j) => Math.abs(parts[j]) - Math.abs(parts[i]));
		const mix = order.slice(0, 3).filter((i) => Math.abs(parts[i]) >= 0.05);
		const words = mix.map((i) => {
			const sign = parts[i] * parts[order[0]] < 0 ? "−" : "+";
			return `${sign} ${Math.abs(parts[i]).toFixed(2)} ${given.params[i].slice(0, 16)}`;
		}).join(" ");
		say(row, "mix", `λ = ${short(eigenvalues[index], 4)}: ${words.slice(2)}`);
		put(row, "bar", { width: tenth(Math.max(x.clip(half) - x.start, 1)) });
		say(row, "value", told(half));
	}
	const [i, j] = given.planes[plane];
	const [p, q, r] = [curved(i, i), curved(i, j), curved(j, j)];
	const apart = Math.hypot(p - r, 2 * q);
	const narrow = Math.sqrt(Math.max(p + r - apart, 0) / (p + r + apart));
	const angle = narrow < 1 - 1e-9 ? (Math.atan2(2 * q, p - r) * 90) / Math.PI : 0;
	put(picture, "turned", { transform: `rotate(${(-angle).toFixed(2)})` });
	all(picture, "slice").forEach((ring) => set(ring, { rx: tenth(Math.max(ring.getAttribute("ry") * narrow, 0.5)) }));
	say(picture, "across", `→ ${given.params[i]}`);
	say(picture, "up", `↑ ${given.params[j]}`);
	say(picture, "ratio", fill(given.words.ratio, { ratio: short(narrow > 0 ? 1 / narrow : Infinity, 3) }));
	return fill(given.words.now, {
		condition: short(smallest > 0 ? largest / smallest : Infinity, 3),
		stable: short(2 / largest, 4),
		best: short(2 / (largest + eigenvalues.findLast((value) => value > 0)), 4),
		lr: short(lr, 4),
		slowest: told(Math.max(...halves)),
	});
}

function compare(picture, { runs, labels, steps, words }, { epoch }) {
	const [x, y] = ["x", "y"].map((name) => axis(one(picture, "loss"), name));
	const contours = one(picture, "contours");
	const shown = steps.filter((step) => step <= epoch);
	const told = runs.map((run, i) => {
		const at = (step) => run.numbers.findLastIndex((number) => number <= step);
		const loss = Number(run.losses[at(epoch)]);
		dot(picture.querySelector(`.rk-now[data-run="${i}"]`), x(run.numbers[at(epoch)]), y.clip(loss));
		write(all(picture, "run")[i].querySelector(".rk-value"), short(loss));
		if (contours) cropPath(contours, i, ...run.path.map((values) => shown.map((step) => values[at(step)])));
		return fill(words.one, { name: labels[i], loss: short(loss) });
	});
	return fill(words.now, { epoch, losses: told.join(", ") });
}

// Torch took this step, so its picture comes whole.
function stepByStep(picture, _, { _drawn, _said }) {
	if (picture.drawn !== _drawn) picture.firstElementChild.innerHTML = picture.drawn = _drawn;
	return _said;
}

const EXPLORERS = { learning_rate: learningRate, weights, step_by_step: stepByStep, bowl, compare };

// Controls: ipywidgets, or the page's own inputs. The attribute keeps keys from the notebook.
const own = (element, label) => set(element, { "data-lm-suppress-shortcuts": "true", "aria-label": label });

async function widgetControl(control, box, model, manager, slid, released) {
	const view = await manager.create_view(model);
	const found = [".noUi-target", ".noUi-handle", ".widget-readout", "select"].map((name) => view.el.querySelector(name));
	const [track, handle, readout, field] = found;
	const name = `change:${field ? "index" : "value"}`;
	const changed = () => released(model.get(name.slice(7)));
	let [sliding, spoken] = [false, ""];
	const speak = () => handle?.setAttribute("aria-valuetext", spoken);
	model.on(name, changed);
	// While a hand moves the slider its model stands still, and nothing goes to the kernel.
	track?.noUiSlider.on("slide.rk", ([value]) => {
		sliding = true;
		slid(control.log ? 10 ** value : +value);
	});
	track?.noUiSlider.on("change.rk", () => (sliding = false));
	track?.noUiSlider.on("update.rk", speak); // the slider itself has just said the bare number
	track?.append(...all(box, "tick"));
	found.slice(1).forEach((element) => element && own(element, control.label));
	readout?.setAttribute("role", "textbox");
	box.replaceChildren(view.el);
	view.trigger("displayed");
	return {
		show(value, text) {
			spoken = text;
			speak();
			if (sliding) return;
			model.off(name, changed);
			model.set(name.slice(7), field ? value : between(value, control.low, control.high));
			model.on(name, changed);
		},
		remove() {
			model.off(name, changed);
			view.remove();
		},
	};
}

function pageControl(control, box, slid, released) {
	const input = box.querySelector("input, select");
	const number = () => (control.log ? 10 ** input.value : +input.value);
	own(input, control.label);
	input.addEventListener("input", () => slid(number()));
	input.addEventListener("change", () => released(number()));
	return {
		show(value, text) {
			if (number() !== value) input.value = control.log ? Math.log10(value) : value;
			input.setAttribute("aria-valuetext", text);
			write(box.querySelector("output") ?? {}, text);
		},
	};
}

const at = (state, path) => path.reduce((value, key) => value[key], state);
const changed = (state, [key, ...rest], value) =>
	key === undefined ? value : Object.assign([...state], { [key]: changed(state[key], rest, value) });

// `store` has the state: get, set, save (tell the kernel), on (changes); with a kernel also send
// (press a button there) and slider (an ipywidget's model).
async function bringToLife(root, given, store) {
	root.dataset.live = given.explorer;
	one(root, "table").remove();
	const [picture, says, said, did] = ["sheet", "says", "said", "did"].map((name) => one(root, name));
	const controls = [];

	function redraw() {
		const state = Object.fromEntries(given.names.map((name) => [name, store.get(name)]));
		write(says, EXPLORERS[given.explorer](picture, given, state));
		write(picture.querySelector("desc"), says.textContent);
		write(did, store.get("note"));
		for (const made of controls) {
			const value = at(state, made.name.split("."));
			if (value !== made.value) made.show(value, made.options ? made.options[value] : short(value, 4));
			made.value = value;
		}
	}
	function move(control, value) {
		const [name, ...rest] = control.name.split(".");
		store.set(name, changed(store.get(name), rest, control.whole ? Math.round(value) : value));
	}
	function settle() {
		store.save();
		write(said, says.textContent);
	}
	for (const control of given.controls) {
		const box = root.querySelector(`[data-name="${control.name}"]`);
		const slid = (value) => move(control, value);
		const released = (value) => (move(control, value), settle());
		const model = await store.slider?.(control.name);
		const made = model ? await widgetControl(control, box, model, store.manager, slid, released) : pageControl(control, box, slid, released);
		controls.push({ ...control, ...made });
	}

	const epoch = given.controls.find(({ name }) => name === "epoch");
	const goOn = (by) => move(epoch, Math.min(store.get("epoch") + by, epoch.high));
	const atEnd = () => store.get("epoch") >= epoch.high;
	const showPlay = (text) => write(root.querySelector("[value=play]"), text);
	let playing;
	function pause() {
		if (!playing) return;
		playing = clearInterval(playing);
		showPlay("Play");
		settle();
	}
	function play() {
		if (playing) return pause();
		if (atEnd()) move(epoch, 0);
		showPlay("Pause");
		playing = setInterval(() => {
			goOn(Math.max(1, epoch.high / 100));
			if (atEnd()) pause();
		}, 60);
	}
	function start() {
		pause();
		Object.entries(given.start).forEach(([name, value]) => store.set(name, value));
		settle();
	}
	const presses = { play, start, next: () => (goOn(1), settle()) };
	for (const button of all(root, "button")) {
		const press = presses[button.value] ?? (store.send && (() => store.send(button.value, did)));
		button.disabled = !press;
		button.addEventListener("click", press);
	}

	const stops = [...given.names, "note"].map((name) => store.on(name, redraw));
	all(root, "choice").forEach((choice, index) => {
		choice.addEventListener("toggle", () => choice.open && (store.set("expected", index), store.save()));
	});
	redraw();
	return () => {
		clearInterval(playing);
		stops.forEach((stop) => stop());
		controls.forEach((made) => made.remove?.());
	};
}

function bringPagesToLife() {
	for (const root of all(document, "explorer:not([data-live])")) {
		const { given, state } = JSON.parse(root.querySelector("script").textContent);
		const listeners = [];
		const set = (name, value) => {
			state[name] = value;
			listeners.forEach(([listened, listener]) => listened === name && listener());
		};
		bringToLife(root, given, { get: (name) => state[name], set, save() {}, on: (...pair) => listeners.push(pair) });
	}
}

async function render({ model, el }) {
	el.innerHTML = model.get("_still");
	const manager = model.widget_manager;
	let waiting;
	const answered = () => clearTimeout(waiting);
	const store = {
		manager,
		get: (name) => model.get(name),
		set: (name, value) => model.set(name, value),
		save: () => model.save_changes(),
		on(name, listener) {
			model.on(`change:${name}`, listener);
			return () => model.off(`change:${name}`, listener);
		},
		send(press, did) {
			answered();
			write(did, "Working …");
			waiting = setTimeout(() => write(did, "No answer. If the kernel was restarted, run this cell again."), 4000);
			model.send({ press });
		},
		slider: (name) => manager.get_model(model.get("_widgets")[name].slice("IPY_MODEL_".length)),
	};
	model.on("msg:custom", answered);
	const stop = await bringToLife(one(el, "explorer"), model.get("_given"), store);
	return () => (answered(), model.off("msg:custom", answered), stop());
}

export default { render };
