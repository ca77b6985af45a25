// The weights explorer: loss and gradient anywhere, from the triangular factor of the data.

const residuals = ({ a, y }, theta) => a.map((row, i) => y[i].map((target, crop) => product(row, column(theta, crop)) - target));

export const lossAt = (bowl, theta) => (sum(residuals(bowl, theta).flat().map((miss) => miss * miss)) + bowl.rest) / bowl.elements;

export function gradientAt(bowl, theta) {
	const misses = residuals(bowl, theta);
	return theta.map((row, j) => row.map((_, crop) => (2 / bowl.elements) * product(column(bowl.a, j), column(misses, crop))));
}

function draw(picture, given, { w, b, chosen }) {
	const { inputs, most, elements } = given;
	const theta = [...w[0].map((_, i) => column(w, i)), b];
	const slopes = gradientAt(given, theta);
	const grads = [...b.flatMap((_, crop) => column(slopes.slice(0, -1), crop)), ...slopes[w[0].length]];
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
	const miss = pred - target;
	const columns = [w[crop], inputs[row], [...products.slice(0, most), ...more, b[crop], pred, target, miss, miss ** 2 / elements]];
	say(picture, "what", given.whats[chosen]);
	for (const cell of all(picture, "cell")) {
		const [i, j] = cell.dataset.cell.split(".");
		write(cell, (j === "1" ? "× " : "") + short(columns[j][i], 4));
	}
	return fill(given.words.now, { loss: short(lossAt(given, theta)), floor: short(given.floor, 4) });
}
