// The one-input explorer: a line, its loss over w and b, and one step written out.

const lineOf = ({ w, b }) => [[w], [b]];

// Steps down the exact gradient, as long as the loss is a number.
function alone({ words, most_places: most, ...given }, { w, b, lr, path }, button) {
	const count = +button.split(".")[1];
	const [start, places] = [lineOf({ w, b }), []];
	let line = start;
	while (places.length < count) {
		const ahead = moved(line, gradientAt(given, line), lr);
		if (!Number.isFinite(lossAt(given, ahead))) break;
		line = ahead;
		places.push(line.flat());
	}
	const [before, after] = [start, line].map((place) => lossAt(given, place));
	const said = places.length < count ? words.lost : count === 1 ? words.one : words.many;
	const note = fill(said, { count: places.length, lr, before, after });
	return { w: line[0][0], b: line[1][0], path: [...path, ...places].slice(-most), note };
}

// A new path begins where a hand has moved the line.
const byHand = (_, { w, b }) => ({ path: [[w, b]] });

function draw(picture, given, { w, b, lr, path }) {
	const line = lineOf({ w, b });
	const near = (place) => rounded(between(place, -FAR, FAR));
	const [x, y] = axes(one(picture, "line-plot"));
	put(picture, "fit", { y1: near(y(w * x.low + b)), y2: near(y(w * x.high + b)) });
	const preds = predict(given.inputs, line).flat();
	all(picture, "miss").forEach((miss) => set(miss, { y2: near(y(preds[miss.dataset.row])) }));
	const [across, up] = axes(one(picture, "map"));
	const [xs, ys] = [path.map(([slope]) => near(across(slope))), path.map(([, offset]) => near(up(offset)))];
	curve(one(picture, "path"), xs, ys);
	put(picture, "steps", { d: spots(xs, ys).slice(1, DOTS + 1).map((step) => `M${step}h0`).join("") });
	dot(one(picture, "start"), xs[0], ys[0]);
	dot(one(picture, "end"), xs.at(-1), ys.at(-1));
	const [[slope_w], [slope_b]] = gradientAt(given, line);
	const loss = lossAt(given, line);
	const shown = preds.slice(0, MOST_PREDS).map((pred) => fill(ONE_PRED, { pred }));
	const values = {
		preds: [...shown, ...(preds.length > MOST_PREDS ? ["…"] : [])].join(", "),
		loss, slope_w, slope_b, w, b, w_after: w - lr * slope_w, b_after: b - lr * slope_b,
	};
	all(picture, "cell").forEach((cell, i) => write(cell, fill(WORKED[i][1], values)));
	return fill(given.words.now, { w, b, loss, floor: given.floor });
}
