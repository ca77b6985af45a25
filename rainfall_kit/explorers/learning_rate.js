// The learning-rate explorer: the closed form of bowl.py, and the marks that follow it.

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
	const above = cy - 11 >= y.end + 8;
	const beside = above ? 0 : cx < (x.start + x.end) / 2 ? 44 : -44;
	const height = above ? cy - 11 : y.end + 8;
	put(plot, "now-label", { x: tenth(between(cx + beside, x.start + 36, x.end - 30)), y: tenth(height) });
	say(plot, "now-label", short(loss));
	const path = shown.map((time) => distances(bowl, lr, time)).filter((along) => along.flat().every(Number.isFinite));
	all(picture, "path").forEach((_, crop) => {
		const [up, across] = [0, 1].map((direction) => column(column(path, direction), crop));
		cropPath(one(picture, "contours"), crop, across, up);
	});
	if (inputs.length) harvest(picture, predict(inputs, thetaAfter(bowl, lr, epoch)));
	const steepest = lr * bowl.eigenvalues[0];
	const kind = steepest > 2 ? "diverges" : steepest > 1 ? "swings" : "steady";
	const said = `${words.now} ${words[kind]} ${loss <= y.high ? "" : words.past}`.trim();
	return fill(said, { lr: short(lr, 4), epoch, loss: short(loss), product: short(steepest, 3) });
}
