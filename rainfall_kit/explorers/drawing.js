// Drawing tools that the explorers share: texts, scales, and markers as the modules of figures draw them.
//
// Names in capitals are Python's: script_constants.py hands over the numbers and texts of the drawing.

const between = (value, low, high) => Math.min(Math.max(value, low), high);
const one = (root, name) => root.querySelector(`.rk-${name}`);
const all = (root, name) => root.querySelectorAll(`.rk-${name}`);

// Only what differs is written, and a text keeps its node: the browser lays out little.
function set(element, attributes) {
	for (const [name, value] of Object.entries(attributes)) {
		if (element.getAttribute(name) !== `${value}`) element.setAttribute(name, value);
	}
}
function write(element, text) {
	if (element.textContent === text) return;
	if (element.firstChild) element.firstChild.data = text;
	else element.textContent = text;
}
const seen = (element, is) => (is ? element.removeAttribute("visibility") : set(element, { visibility: "hidden" }));
const put = (root, name, attributes) => set(one(root, name), attributes);
const say = (root, name, text) => write(one(root, name), text);

// As number_format.py has them.
export function short(value, digits = DIGITS) {
	if (!Number.isFinite(value)) return isNaN(value) ? "NaN" : value > 0 ? "infinity" : "−infinity";
	const tiny = value !== 0 && Math.abs(value) < TINY;
	const [mantissa, power] = (tiny ? value.toExponential(digits - 1) : value.toPrecision(digits)).split("e");
	const plain = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
	return (plain + (power ? `e${Number(power)}` : "")).replace(/^-/, "−");
}
export const fill = (template, values) =>
	template.replace(/\{(\w+)(?::(\d+))?\}/g, (_, name, digits) =>
		digits && typeof values[name] === "number" ? short(values[name], +digits) : values[name]);

const UNIT = 10 ** DECIMALS;
const rounded = (value) => Math.round(value * UNIT) / UNIT;

// As scale.py has it.
function axis(plot, name) {
	const [low, high, start, end, log] = JSON.parse(plot.dataset[name]);
	const grade = log ? Math.log10 : (value) => value;
	const [first, unit] = [grade(low), (end - start) / (grade(high) - grade(low))];
	const place = (value) => start + (grade(value) - first) * unit;
	// NaN, too, is past the upper end.
	const clip = (value) => place(value <= high ? Math.max(value, low) : high);
	const number = (at) => {
		const value = first + (at - start) / unit;
		return log ? 10 ** value : value;
	};
	const away = (value) => Math.abs((2 * value - low - high) / (high - low));
	return Object.assign(place, { low, high, start, end, clip, away, number });
}
const axes = (plot) => [axis(plot, "x"), axis(plot, "y")];

const dot = (element, x, y) => set(element, { cx: rounded(x), cy: rounded(y) });
const spots = (xs, ys) => xs.map((x, i) => `${rounded(x)},${rounded(ys[i])}`);
const curve = (element, xs, ys) => set(element, { d: `M${spots(xs, ys).join("L")}` });

// As loss_axes.py draws it: up to where it leaves the picture.
function lossCurve(element, x, y, numbers, losses) {
	const out = losses.findIndex((loss) => !(loss <= y.high)) + 1 || losses.length;
	curve(element, numbers.slice(0, out).map(x), losses.slice(0, out).map(y.clip));
}

// As contours.py draws it: up to the first place far outside the view, which is drawn nearer.
function cropPath(plot, crop, across, up) {
	const [x, y] = axes(plot);
	const far = (i) => Math.max(x.away(across[i]), y.away(up[i]));
	const out = across.findIndex((_, i) => i > 0 && far(i) > REACH);
	const reach = (values) => {
		const inside = values[out - 1];
		return out < 0 ? values : [...values.slice(0, out), inside + (values[out] - inside) * (REACH / far(out))];
	};
	const [xs, ys] = [reach(across).map(x), reach(up).map(y)];
	const marker = (kind) => plot.querySelector(`.rk-${kind}[data-crop="${crop}"]`);
	const steps = spots(xs, ys).slice(1, DOTTED_STEPS);
	curve(marker("path"), xs, ys);
	set(marker("steps"), { d: steps.map((step) => `M${step}h0`).join("") });
	pathEnd(marker("end"), marker("out"), ends(xs, x.start, x.end), ends(ys, y.end, y.start));
}

// The last move along one axis: its end, and the share of it that is outside the view.
function ends(places, low, high) {
	const [before, end] = [places.at(-2) ?? places.at(-1), places.at(-1)];
	const edge = between(end, low, high);
	const share = (end - edge) / (end - before || end - edge);
	const outside = edge === end ? 0 : share > 0 && share < 1 ? share : 1;
	return { end, outside, at: (left) => between(end + left * (before - end), low, high) };
}
// A dot, or an arrow at the edge of the view, where the path leaves it.
function pathEnd(end, out, x, y) {
	const left = Math.max(x.outside, y.outside);
	const [edgeX, edgeY] = [x.at(left), y.at(left)];
	const back = x.outside > y.outside
		? `l${edgeX < x.end ? -PAST : PAST},${-PAST_WING}v${2 * PAST_WING}z`
		: `l${-PAST_WING},${edgeY < y.end ? -PAST : PAST}h${2 * PAST_WING}z`;
	dot(end, x.end, y.end);
	set(out, { d: `M${rounded(edgeX)},${rounded(edgeY)}${back}` });
	seen(end, !left);
	seen(out, left);
}

// A path of (direction, crop) tables, while they are numbers: the flatter direction goes across.
function movePaths(picture, path) {
	const known = path.filter((along) => along.flat().every(Number.isFinite));
	all(picture, "path").forEach((_, crop) => {
		const [up, across] = [0, 1].map((direction) => column(column(known, direction), crop));
		cropPath(one(picture, "contours"), crop, across, up);
	});
}

// As panels/predictions.py draws them.
function movePredictions(picture, preds) {
	const x = axis(one(picture, "harvest"), "x");
	for (const line of all(picture, "line")) {
		const pred = preds[line.dataset.row][line.dataset.crop];
		const place = rounded(x.clip(pred));
		const inside = x.low <= pred && pred <= x.high;
		const back = pred < x.low ? PAST : -PAST;
		put(line, "pred", { cx: place });
		const arrow = `M${place},${one(line, "pred").getAttribute("cy")}l${back},${-PAST_WING}v${2 * PAST_WING}z`;
		put(line, "past", { d: arrow });
		seen(one(line, "pred"), inside);
		seen(one(line, "past"), !inside);
		put(line, "miss", { x2: place });
		say(line, "value", fill(PRED, { pred }));
	}
}
