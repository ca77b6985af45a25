// The compare explorer: runs that were recorded, at any step.

function draw(picture, { runs, labels, steps, words }, { epoch }) {
	const [x, y] = axes(one(picture, "loss"));
	const contours = one(picture, "contours");
	const shown = steps.filter((step) => step <= epoch);
	const losses = runs.map((run, i) => {
		const at = (step) => run.numbers.findLastIndex((number) => number <= step);
		const loss = Number(run.losses[at(epoch)]);
		const [now, past] = ["now", "past"].map((kind) => picture.querySelector(`.rk-${kind}[data-run="${i}"]`));
		const across = x(run.numbers[at(epoch)]);
		dot(now, across, y.clip(loss));
		set(past, { d: `M${rounded(across)},${rounded(y.end)}l${-PAST_WING},${PAST}h${2 * PAST_WING}z` });
		seen(now, loss <= y.high); // NaN is not
		seen(past, !(loss <= y.high));
		write(all(picture, "run")[i].querySelector(".rk-value"), short(loss));
		if (contours) cropPath(contours, i, ...run.path.map((values) => shown.map((step) => values[at(step)])));
		const last = run.numbers.at(-1);
		return fill(epoch > last ? words.ended : words.one, { name: labels[i], loss, last });
	});
	return fill(words.now, { epoch, losses: losses.join(", ") });
}
