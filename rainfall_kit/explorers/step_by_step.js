// The step-by-step explorer: what the tensors hold, and, where no kernel is, what torch would hold.

const numeric = (value) => (Array.isArray(value) ? value.map(numeric) : value === null ? null : Number(value));
const alongOf = ({ directions, minimum }, theta) =>
	[0, 1].map((j) => theta[0].map((_, crop) => sum(theta.map((row, i) => (row[crop] - minimum[i][crop]) * directions[i][j]))));

// The presses from the start on, each with the lr at its time. Torch adds to .grad where a graph still
// stands, and throws its values away once they are used.
export function replay({ theta, inputs, codes, words, ...bowl }, pressed) {
	let [grad, preds, loss, note] = [null, null, null, ""];
	const path = [theta];
	const fail = (...said) => {
		throw Object.assign(new Error(), { said: fill(...said) });
	};
	const there = (step, value) => value ?? fail(words.untaken[step], {});
	const spend = (graph) => (graph.spent ? fail(words.spent, {}) : (graph.spent = true));
	const steps = {
		predict: () => (preds = { theta, spent: false }),
		loss: () => (loss = { preds: there("loss", preds), spent: false }),
		backward() {
			spend(there("backward", loss));
			const slopes = gradientAt(bowl, loss.preds.theta);
			const add = (row, i) => row.map((slope, crop) => (grad?.[i][crop] ?? 0) + slope);
			// That of b needs no values of the graph, and is there before the others fail.
			if (loss.preds.spent) grad = grad.with(-1, add(slopes.at(-1), slopes.length - 1));
			spend(loss.preds);
			grad = slopes.map(add);
		},
		move: (lr) => path.push((theta = moved(theta, there("move", grad), lr))),
		reset: () => (grad = there("reset", grad).map((row) => row.map(() => 0))),
	};
	for (const [step, lr] of pressed) {
		try {
			steps[step](lr);
			note = codes[step];
		} catch (problem) {
			if (!problem.said) throw problem;
			note = fill(words.raised, { step, problem: problem.said });
		}
	}
	const shown = preds ? predict(inputs, preds.theta) : [];
	return { _held: { theta, grad, preds: shown, loss: loss && lossAt(bowl, loss.preds.theta), path, pressed }, note };
}

const alone = (given, { _held, lr }, button) => replay(given, button === "again" ? [] : [..._held.pressed, [button, lr]]);

function draw(picture, given, { _held }) {
	const [theta, grad, preds, loss, path] = ["theta", "grad", "preds", "loss", "path"].map((name) => numeric(_held[name]));
	const columns = [theta, grad, gradientAt(given, theta)].map((values) => values && inOrder(values));
	for (const cell of all(picture, "cell")) {
		const [i, j] = cell.dataset.cell.split(".");
		write(cell, columns[j] ? fill(CELL, { value: columns[j][i] }) : NONE);
	}
	const { words, most } = given;
	say(picture, "held", fill(HOLDS, { loss: loss ?? NOTHING }));
	movePaths(picture, path.map((place) => alongOf(given.bowl, place)));
	movePredictions(picture, preds.length ? preds : given.targets);
	picture.querySelectorAll(".rk-miss,.rk-line .rk-value").forEach((marker) => seen(marker, preds.length));
	if (!preds.length) picture.querySelectorAll(".rk-pred,.rk-past").forEach((marker) => seen(marker, false));
	const names = _held.pressed.map(([name]) => name);
	const latest = (names.length > most ? "… " : "") + names.slice(-most).join(", ");
	return fill(`${names.length ? words.pressed : words.fresh} ${words.now}`, { names: latest, loss: lossAt(given, theta) });
}
