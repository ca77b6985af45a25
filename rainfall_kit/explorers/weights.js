// The weights explorer: predictions, gradients and one prediction written out.

// Where no kernel is: steps down the exact gradient.
function alone({ words, ...given }, { w, b, lr }, button) {
	const [count, theta] = [+button.split(".")[1], thetaOf(w, b)];
	let after = theta;
	for (let i = 0; i < count; i++) after = moved(after, gradientAt(given, after), lr);
	const [before, now] = [theta, after].map((place) => lossAt(given, place));
	const steps = count === 1 ? words.one : fill(words.many, { count });
	const note = fill(words.did, { steps, lr, before, after: now });
	return { w: b.map((_, crop) => column(after.slice(0, -1), crop)), b: after.at(-1), stepped: true, note };
}

// The lowest loss that was reached by moving single numbers, from the start on.
function byHand(given, { w, b, lowest, stepped }) {
	const loss = lossAt(given, thetaOf(w, b));
	return stepped || !(loss < (lowest ?? Infinity)) ? {} : { lowest: loss };
}

function draw(picture, given, { w, b, chosen, lowest }) {
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
	const { words, goal, goal_lr, goal_steps, floor } = given;
	const known = (value) => value !== null;
	const told = known(goal) && known(lowest) && lowest < goal ? [words.beaten]
		: [...(known(goal) ? [words.goal] : []), ...(known(lowest) ? [words.lowest] : [])];
	return fill([words.now, ...told].join(" "), { loss: lossAt(given, theta), floor, goal, steps: goal_steps, lr: goal_lr, lowest });
}
