// The learning-rate explorer: the closed form of quadratic/bowl.py, and the markers that follow it.

// Along direction j the distance from the lowest point shrinks by 1 - lr·λj a step.

const scaled = (value, factor) => (value === 0 ? 0 : value * factor);
const shrink = (bowl, lr, epoch) => bowl.eigenvalues.map((value) => (1 - lr * value) ** epoch);
const distances = (bowl, lr, epoch) =>
	shrink(bowl, lr, epoch).map((factor, j) => bowl.start[j].map((distance) => scaled(distance, factor)));

export const lossAfter = (bowl, lr, epoch) =>
	bowl.floor + sum(shrink(bowl, lr, epoch).map((factor, j) => scaled(bowl.heights[j], factor ** 2)));

// θ = [w.T; b], (d+1, k).
export function thetaAfter(bowl, lr, epoch) {
	const along = distances(bowl, lr, epoch);
	const place = (i, crop) => bowl.minimum[i][crop] + product(bowl.directions[i], column(along, crop));
	return bowl.minimum.map((row, i) => row.map((_, crop) => (isNaN(place(i, crop)) ? Infinity : place(i, crop))));
}

function draw(picture, { bowl, times, inputs, words }, { lr, epoch }) {
	const plot = one(picture, "loss");
	const [x, y] = axes(plot);
	const after = (time) => lossAfter(bowl, lr, time);
	const loss = after(epoch);
	const shown = [...times.filter((time) => time < epoch), epoch];
	lossCurve(one(plot, "curve"), x, y, times, times.map(after));
	lossCurve(one(plot, "trail"), x, y, shown, shown.map(after));
	const [cx, cy] = [x(epoch), y.clip(loss)];
	dot(one(plot, "now"), cx, cy);
	const [height, edge] = [cy - NOW_ABOVE, y.end + NOW_BELOW_EDGE];
	const beside = height >= edge ? 0 : cx < (x.start + x.end) / 2 ? NOW_BESIDE : -NOW_BESIDE;
	const place = between(cx + beside, x.start + NOW_FROM_START, x.end - NOW_FROM_END);
	put(plot, "now-label", { x: rounded(place), y: rounded(Math.max(height, edge)) });
	say(plot, "now-label", short(loss));
	movePaths(picture, shown.map((time) => distances(bowl, lr, time)));
	if (inputs.length) movePredictions(picture, predict(inputs, thetaAfter(bowl, lr, epoch)));
	const steepest = lr * bowl.eigenvalues[0];
	const kind = steepest > 2 ? "diverges" : steepest > 1 ? "swings" : "steady";
	const said = `${words.now} ${words[kind]} ${loss <= y.high ? "" : words.past}`.trim();
	return fill(said, { lr, epoch, loss, product: steepest });
}
