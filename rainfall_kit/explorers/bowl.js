// The bowl explorer: the shape of the bowl of inputs that are centred and scaled in part.

// Singular values and right vectors, by one-sided Jacobi: it keeps small ones exact.
function singular(matrix) {
	const found = matrix.map((_, j) => ({ u: column(matrix, j), vector: matrix.map((_, i) => Number(i === j)) }));
	const pairs = found.flatMap((first, p) => found.slice(p + 1).map((second) => [first, second]));
	const turn = ([first, second]) => {
		const [alpha, beta, gamma] = [product(first.u, first.u), product(second.u, second.u), product(first.u, second.u)];
		if (Math.abs(gamma) <= 1e-16 * Math.sqrt(alpha * beta)) return false;
		const zeta = (beta - alpha) / (2 * gamma);
		const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
		const c = 1 / Math.hypot(1, tangent);
		for (const name of ["u", "vector"]) {
			const [x, y] = [first[name], second[name]];
			first[name] = x.map((value, i) => c * (value - tangent * y[i]));
			second[name] = y.map((value, i) => c * (tangent * x[i] + value));
		}
		return true;
	};
	for (let sweep = 0; sweep < 60 && pairs.filter(turn).length; sweep++);
	return found.map(({ u, vector }) => ({ size: Math.sqrt(product(u, u)), vector })).sort((first, second) => second.size - first.size);
}

// The bowl of inputs that are centred and scaled in part.
export function rescaled({ a, rows, elements, means, stds }, centre, scale) {
	const last = means.length;
	const table = a.map((row) => [...means.map((mean, i) => (row[i] - centre * mean * row[last]) / stds[i] ** scale), row[last]]);
	const found = singular(table);
	const noise = found[0].size * Number.EPSILON * Math.max(rows, last + 1);
	const eigenvalues = found.map(({ size }) => (size > noise ? (2 / elements) * size * size : 0));
	const curved = (i, j) => (2 / elements) * product(column(table, i), column(table, j));
	return { eigenvalues, directions: found.map(({ vector }) => vector), curved };
}

export function halfLife(lr, eigenvalue) {
	const factor = Math.abs(1 - lr * eigenvalue);
	return factor < 1 ? Math.log(0.5) / Math.log(factor) : Infinity;
}

function mixOf(parts, names) {
	const order = [...parts.keys()].sort((i, j) => Math.abs(parts[j]) - Math.abs(parts[i]));
	const part = (i) => `${parts[i] * parts[order[0]] < 0 ? "−" : "+"} ${Math.abs(parts[i]).toFixed(MIX_DECIMALS)} ${names[i].slice(0, MIX_NAME)}`;
	return order.slice(0, MIX_PARTS).filter((i) => Math.abs(parts[i]) >= MIX_LEAST).map(part).join(" ").slice(2);
}

function draw(picture, given, { centre, scale, share, plane }) {
	const { eigenvalues, directions, curved } = rescaled(given, centre, scale);
	const [largest, smallest] = [eigenvalues[0], eigenvalues.at(-1)];
	const lr = (share * 2) / largest;
	const halves = eigenvalues.map((value) => halfLife(lr, value));
	const words = (half) => (half === Infinity ? NEVER : half < SHORTEST ? AT_ONCE : fill(HALF, { half }));
	const x = axis(one(picture, "halves"), "x");
	for (const row of all(picture, "half")) {
		const [half, value, parts] = [halves, eigenvalues, directions].map((values) => values[row.dataset.index]);
		say(row, "mix", fill(MIX, { value, mix: mixOf(parts, given.params) }));
		put(row, "bar", { width: rounded(Math.max(x.clip(half) - x.start, LEAST_BAR)) });
		say(row, "value", words(half));
	}
	const [i, j] = given.planes[plane];
	const [p, q, r] = [curved(i, i), curved(i, j), curved(j, j)];
	const apart = Math.hypot(p - r, 2 * q);
	const narrow = p + r > 0 ? Math.sqrt(Math.max(p + r - apart, 0) / (p + r + apart)) : 1;
	const angle = narrow < ROUND ? (Math.atan2(2 * q, p - r) * 90) / Math.PI : 0;
	put(picture, "turned", { transform: `rotate(${(-angle).toFixed(ANGLE_DECIMALS)})` });
	all(picture, "slice").forEach((ring) => set(ring, { rx: rounded(Math.max(ring.getAttribute("ry") * narrow, LEAST_RING)) }));
	say(picture, "across", `→ ${given.params[i]}`);
	say(picture, "up", `↑ ${given.params[j]}`);
	say(picture, "ratio", fill(RATIO, { ratio: narrow > 0 ? 1 / narrow : Infinity }));
	return fill(given.words.now, {
		condition: smallest > 0 ? largest / smallest : Infinity,
		stable: 2 / largest,
		best: 2 / (largest + eigenvalues.findLast((value) => value > 0)),
		lr,
		slowest: words(Math.max(...halves)),
	});
}
