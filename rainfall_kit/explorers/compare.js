// The compare explorer: runs that were recorded, at any step.

function draw(picture, { runs, labels, steps, words }, { epoch }) {
	const [x, y] = axes(one(picture, "loss"));
	const contours = one(picture, "contours");
	const shown = steps.filter((step) => step <= epoch);
	const losses = runs.map((run, i) => {
		const at = (step) => run.numbers.findLastIndex((number) => number <= step);
		const loss = Number(run.losses[at(epoch)]);
		dot(picture.querySelector(`.rk-now[data-run="${i}"]`), x(run.numbers[at(epoch)]), y.clip(loss));
		write(all(picture, "run")[i].querySelector(".rk-value"), short(loss));
		if (contours) cropPath(contours, i, ...run.path.map((values) => shown.map((step) => values[at(step)])));
		const last = run.numbers.at(-1);
		return fill(epoch > last ? words.ended : words.one, { name: labels[i], loss, last });
	});
	return fill(words.now, { epoch, losses: losses.join(", ") });
}
