// The loss as quadratic/bowl.py has it: small sums, and loss, gradient and predictions at any weights.

const sum = (values) => values.reduce((total, value) => total + value, 0);
const product = (u, v) => sum(u.map((value, i) => value * v[i]));
const column = (rows, j) => rows.map((row) => row[j]);

// θ = [w.T; b], (d+1, k): loss and gradient anywhere, from the triangular factor of the data.
const thetaOf = (w, b) => [...w[0].map((_, i) => column(w, i)), b];
const inOrder = (theta) => [...theta[0].flatMap((_, crop) => column(theta.slice(0, -1), crop)), ...theta.at(-1)];
const moved = (theta, slopes, lr) => theta.map((row, i) => row.map((value, crop) => value - lr * slopes[i][crop]));
const residuals = ({ a, y }, theta) => a.map((row, i) => y[i].map((target, crop) => product(row, column(theta, crop)) - target));
const predict = (inputs, theta) => inputs.map((row) => theta[0].map((_, crop) => product([...row, 1], column(theta, crop))));

export const lossAt = (bowl, theta) => (sum(residuals(bowl, theta).flat().map((miss) => miss * miss)) + bowl.rest) / bowl.elements;

export function gradientAt(bowl, theta) {
	const misses = residuals(bowl, theta);
	return theta.map((row, j) => row.map((_, crop) => (2 / bowl.elements) * product(column(bowl.a, j), column(misses, crop))));
}
