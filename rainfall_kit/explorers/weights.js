// The weights explorer: predictions, gradients and one prediction written out.

// Where no kernel is: one step down the exact gradient.
function alone(given, { w, b, lr }) {
	const theta = thetaOf(w, b);
	const after = moved(theta, gradientAt(given, theta), lr);
	const [before, now] = [theta, after].map((place) => lossAt(given, place));
	const note = fill(given.words.did, { lr, before, after: now });
	return { w: b.map((_, crop) => column(after.slice(0, -1), crop)), b: after.at(-1), note };
}

function draw(picture, given, { w, b, chosen }) {
	const { inputs, elements } = given;
	const theta = thetaOf(w, b);
	const grads = inOrder(gradientAt(given, theta));
	const preds = predict(inputs, theta);
	movePredictions(picture, preds);
	const x = axis(one(picture, "gradients"), "x");
	for (const arrow of all(picture, "arrow")) {
		const grad = grads[arrow.dataset.index];
		const tip = rounded(x.clip(-Math.sign(grad) * Math.log10(1 + Math.abs(grad))));
		const back = tip < x(0) ? HEAD : -HEAD;
		put(arrow, "shaft", { d: `M${rounded(x(0))},0H${tip}m${back},${-WING}l${-back},${WING}l${back},${WING}` });
		say(arrow, "value", fill(GRAD, { grad }));
	}
	const [row, crop] = [Math.floor(chosen / b.length), chosen % b.length];
	const [pred, target] = [preds, given.targets].map((table) => table[row][crop]);
	const products = inputs[row].map((value, i) => w[crop][i] * value);
	const more = products.length > MOST_TERMS ? [sum(products.slice(MOST_TERMS))] : [];
	const miss = pred - target;
	const columns = [w[crop], inputs[row], [...products.slice(0, MOST_TERMS), ...more, b[crop], pred, target, miss, miss ** 2 / elements]];
	say(picture, "what", given.controls.find(({ name }) => name === "chosen").options[chosen]);
	for (const cell of all(picture, "cell")) {
		const [i, j] = cell.dataset.cell.split(".");
		write(cell, fill(j === "1" ? TIMES : NUMBER, { value: columns[j][i] }));
	}
	return fill(given.words.now, { loss: lossAt(given, theta), floor: given.floor });
}
