// What several explorers share: small tools, numbers as texts, the loss as bowl.py has it, scales, and
// marks as loss_plot.py, contours.py and harvest_panel.py draw them.

const sum = (values) => values.reduce((total, value) => total + value, 0);
const product = (u, v) => sum(u.map((value, i) => value * v[i]));
const column = (rows, j) => rows.map((row) => row[j]);
const between = (value, low, high) => Math.min(Math.max(value, low), high);
const one = (root, name) => root.querySelector(`.rk-${name}`);
const all = (root, name) => root.querySelectorAll(`.rk-${name}`);
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// Only what differs is written, and a text keeps its node: the browser lays out little.
function set(mark, attributes) {
	for (const [name, value] of Object.entries(attributes)) {
		if (mark.getAttribute(name) !== `${value}`) mark.setAttribute(name, value);
	}
}
function write(mark, text) {
	if (mark.textContent === text) return;
	if (mark.firstChild) mark.firstChild.data = text;
	else mark.textContent = text;
}
const put = (root, name, attributes) => set(one(root, name), attributes);
const say = (root, name, text) => write(one(root, name), text);

export function short(value, digits = 6) {
	if (!Number.isFinite(value)) return isNaN(value) ? "NaN" : value > 0 ? "infinity" : "−infinity";
	const tiny = value !== 0 && Math.abs(value) < 1e-3;
	const [mantissa, power] = (tiny ? value.toExponential(digits - 1) : value.toPrecision(digits)).split("e");
	const plain = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
	return (plain + (power ? `e${Number(power)}` : "")).replace(/^-/, "−");
}

// θ = [w.T; b], (d+1, k): loss and gradient anywhere, from the triangular factor of the data.
const thetaOf = (w, b) => [...w[0].map((_, i) => column(w, i)), b];
const inOrder = (theta) => [...theta[0].flatMap((_, crop) => column(theta.slice(0, -1), crop)), ...theta.at(-1)];
const moved = (theta, slopes, lr) => theta.map((row, i) => row.map((value, crop) => value - lr * slopes[i][crop]));
const residuals = ({ a, y }, theta) => a.map((row, i) => y[i].map((target, crop) => product(row, column(theta, crop)) - target));

export const lossAt = (bowl, theta) => (sum(residuals(bowl, theta).flat().map((miss) => miss * miss)) + bowl.rest) / bowl.elements;

export function gradientAt(bowl, theta) {
	const misses = residuals(bowl, theta);
	return theta.map((row, j) => row.map((_, crop) => (2 / bowl.elements) * product(column(bowl.a, j), column(misses, crop))));
}

const tenth = (value) => Math.round(value * 10) / 10;

function axis(plot, name) {
	const [low, high, start, end, log] = JSON.parse(plot.dataset[name]);
	const grade = log ? Math.log10 : (value) => value;
	const [first, unit] = [grade(low), (end - start) / (grade(high) - grade(low))];
	const place = (value) => start + (grade(value) - first) * unit;
	const clip = (value) => place(value <= high ? Math.max(value, low) : high); // NaN, too, is past the end
	const away = (value) => Math.abs((2 * value - low - high) / (high - low));
	return Object.assign(place, { high, start, end, clip, away });
}
const axes = (plot) => [axis(plot, "x"), axis(plot, "y")];

const dot = (mark, x, y) => set(mark, { cx: tenth(x), cy: tenth(y) });
const spots = (xs, ys) => xs.map((x, i) => `${tenth(x)},${tenth(ys[i])}`);
const curve = (mark, xs, ys) => set(mark, { d: `M${spots(xs, ys).join("L")}` });

function lossCurve(mark, x, y, numbers, losses) {
	const out = losses.findIndex((loss) => !(loss <= y.high)) + 1 || losses.length;
	curve(mark, numbers.slice(0, out).map(x), losses.slice(0, out).map(y.clip));
}

function cropPath(plot, crop, across, up) {
	const [x, y] = axes(plot);
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

const predict = (inputs, theta) => inputs.map((row) => theta[0].map((_, crop) => product([...row, 1], column(theta, crop))));
