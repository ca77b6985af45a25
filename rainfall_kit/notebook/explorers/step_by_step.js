// The step-by-step explorer.

// Torch took this step, so its picture comes whole.
function draw(picture, _, { _drawn, _said }) {
	if (picture.drawn !== _drawn) picture.firstElementChild.innerHTML = picture.drawn = _drawn;
	return _said;
}
