// How an explorer lives: its controls, and its state, with a kernel (as an anywidget) and without.
//
// Python drew the picture; a script only moves its markers. An explorer's script is one module made of
// Python's constants, quadratic.js, drawing.js, its own file and this one. Its own file has
// draw(picture, given, state): it moves the markers, and gives what is to be said. It may have
// alone(given, state, press), too: what a button that needs Python does to the state where none is; and
// byHand(given, state, name): what a hand that moved this part of the state changes besides.

const READOUT_DIGITS = 4;
const [PLAY_SECONDS, TICK_MILLISECONDS, CALM_MILLISECONDS] = [6, 60, 600];
const [SPEEDS, SPEED_NAMES] = [[1, 4, 0.25], { 0.25: "¼" }];

// Controls: ipywidgets, or the page's own inputs. The attribute keeps keys from the notebook.
const own = (element, label) => set(element, { "data-lm-suppress-shortcuts": "true", "aria-label": label });

// Both tell the hand's doings: `slid` while it moves, `released` when it lets go.
async function widgetControl(control, box, { slid, released }, manager, slider) {
	const model = await manager.get_model(slider);
	const view = await manager.create_view(model);
	const [track, handle, field] = [".noUi-target", ".noUi-handle", "select"].map((name) => view.el.querySelector(name));
	const output = box.querySelector("output");
	const trait = field ? "index" : "value";
	const changed = () => released(model.get(trait));
	let [sliding, spoken] = [false, ""];
	const speak = () => handle && set(handle, { "aria-valuetext": spoken });
	model.on(`change:${trait}`, changed);
	// While a hand moves the slider its model stands still, and nothing goes to the kernel.
	track?.noUiSlider.on("slide.rk", ([value]) => {
		sliding = true;
		slid(control.log ? 10 ** value : +value);
	});
	track?.noUiSlider.on("change.rk", () => (sliding = false));
	// The slider itself has just said the bare number.
	track?.noUiSlider.on("update.rk", speak);
	track?.append(...all(box, "tick"));
	[handle, field].forEach((element) => element && own(element, control.label));
	box.replaceChildren(view.el, ...(output ? [output] : []));
	view.trigger("displayed");
	return {
		show(value, text) {
			spoken = text;
			speak();
			write(output ?? {}, text);
			if (sliding) return;
			model.off(`change:${trait}`, changed);
			model.set(trait, field ? value : between(value, control.low, control.high));
			model.on(`change:${trait}`, changed);
		},
		remove() {
			model.off(`change:${trait}`, changed);
			view.remove();
		},
	};
}

function pageControl(control, box, { slid, released }) {
	const input = box.querySelector("input, select");
	const number = () => (control.log ? 10 ** input.value : +input.value);
	own(input, control.label);
	input.oninput = () => slid(number());
	input.onchange = () => released(number());
	return {
		show(value, text) {
			if (number() !== value) input.value = control.log ? Math.log10(value) : value;
			if (control.options) return;
			set(input, { "aria-valuetext": text });
			write(box.querySelector("output"), text);
		},
		remove() {},
	};
}

// Where no kernel is, the page keeps the state; this is as much of a widget's model as is needed.
function pageModel(state) {
	const listeners = new Set();
	return {
		get: (name) => state[name],
		set(name, value) {
			state[name] = value;
			listeners.forEach((listener) => listener());
		},
		on: (_, listener) => listeners.add(listener),
		off: (_, listener) => listeners.delete(listener),
		save_changes() {},
	};
}

// A number past the slider's end has an arrow on that side.
function readout({ options, low, high }, value) {
	if (options) return options[value];
	const text = short(value, READOUT_DIGITS);
	const [below, above] = [low, high].map((end) => Math.abs(value - end) > Math.abs(end) * Number.EPSILON);
	return below && value < low ? `◂ ${text}` : above && !(value <= high) ? `${text} ▸` : text;
}

const at = (state, path) => path.reduce((value, key) => value[key], state);
const changed = (state, [key, ...rest], value) =>
	key === undefined ? value : Object.assign([...state], { [key]: changed(state[key], rest, value) });

// Gives what ends it again.
async function bringToLife(root, given, model) {
	const [picture, says, said, did] = ["sheet", "says", "said", "did"].map((name) => one(root, name));
	const manager = model.widget_manager;
	const controls = [];
	// It would not move.
	one(root, "table")?.remove();

	const stateNow = () => Object.fromEntries(given.names.map((name) => [name, model.get(name)]));
	function redraw() {
		const state = stateNow();
		write(says, draw(picture, given, state));
		write(picture.querySelector("desc"), says.textContent);
		write(did, model.get("note"));
		for (const made of controls) {
			const value = at(state, made.name.split("."));
			if (value !== made.value) made.show(value, readout(made, value));
			made.value = value;
		}
	}
	function move(control, value) {
		const [name, ...rest] = control.name.split(".");
		model.set(name, changed(model.get(name), rest, control.whole ? Math.round(value) : value));
		const besides = given.by_hand?.includes(name) ? byHand(given, stateNow(), name) : {};
		assign({ note: "", ...besides });
	}
	// What the last button did is said until something else is done.
	const assign = (state) => Object.entries(state).forEach(([name, value]) => model.set(name, value));
	function letGo() {
		model.save_changes();
		write(said, says.textContent);
	}
	for (const control of given.controls) {
		const box = root.querySelector(`[data-name="${control.name}"]`);
		const hand = { slid: (value) => move(control, value), released: (value) => (move(control, value), letGo()) };
		const slider = model.get("_widgets")?.[control.name]?.replace("IPY_MODEL_", "");
		const made = slider ? await widgetControl(control, box, hand, manager, slider) : pageControl(control, box, hand);
		controls.push({ ...control, ...made });
	}

	// A picture that can be taken hold of: its two controls go where the pointer is.
	function hold(grab, event) {
		const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(grab.getScreenCTM().inverse());
		const [x, y] = axes(grab.closest(".rk-plot"));
		const numbers = [x.number(place.x), y.number(place.y)];
		JSON.parse(grab.dataset.grab).forEach((name, i) => {
			const control = given.controls.find((control) => control.name === name);
			const { low, high, step } = control;
			move(control, between(low + step * Math.round((numbers[i] - low) / step), low, high));
		});
	}
	for (const grab of all(picture, "grab")) {
		grab.onpointerdown = (event) => {
			grab.setPointerCapture(event.pointerId);
			hold(grab, event);
		};
		grab.onpointermove = (event) => grab.hasPointerCapture(event.pointerId) && hold(grab, event);
		grab.onpointerup = letGo;
	}

	const epoch = given.controls.find(({ name }) => name === "epoch");
	const goOn = (by) => move(epoch, Math.min(model.get("epoch") + by, epoch.high));
	const show = (button, text) => write(root.querySelector(`[value=${button}]`), text);
	let [playing, waiting, speed] = [undefined, undefined, 1];
	function pause() {
		if (!playing) return;
		playing = clearInterval(playing);
		show("play", "Play");
		letGo();
	}
	// The whole way takes PLAY_SECONDS at speed 1; where the reader wants no motion, in a few jumps.
	function play() {
		if (playing) return pause();
		if (model.get("epoch") >= epoch.high) move(epoch, 0);
		show("play", "Pause");
		const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
		const tick = calm ? CALM_MILLISECONDS : TICK_MILLISECONDS;
		let place = model.get("epoch");
		playing = setInterval(() => {
			// A hand may have moved the slider meanwhile.
			if (Math.floor(place) !== model.get("epoch")) place = model.get("epoch");
			place = Math.min(place + (epoch.high * speed * tick) / (1000 * PLAY_SECONDS), epoch.high);
			if (Math.floor(place) !== model.get("epoch")) move(epoch, Math.floor(place));
			if (place >= epoch.high) pause();
		}, tick);
	}
	function faster() {
		speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
		show("speed", `Speed ${SPEED_NAMES[speed] ?? speed}×`);
	}
	function take(state) {
		pause();
		assign({ note: "", ...state });
		letGo();
	}
	function on(by) {
		pause();
		goOn(by);
		letGo();
	}
	const answered = () => clearTimeout(waiting);
	function ask(press) {
		answered();
		write(did, "Working …");
		waiting = setTimeout(() => write(did, "No answer. If the kernel was restarted, run this cell again."), 4000);
		model.send({ press });
	}
	const press = manager ? ask : given.alone && ((name) => take(alone(given, stateNow(), name)));
	const states = given.states ?? {};
	const presses = { play, speed: faster };
	const pressed = (name) =>
		presses[name] ?? (states[name] && (() => take(states[name]))) ?? (name.startsWith("on.") && (() => on(+name.slice(3))));
	for (const button of all(root, "button")) {
		button.onclick = pressed(button.value) || (press && (() => press(button.value)));
		button.disabled = !button.onclick;
	}
	all(root, "choice").forEach((choice, index) => {
		choice.ontoggle = () => choice.open && (model.set("expected", index), model.save_changes());
	});
	const heard = [["change", redraw], ["msg:custom", answered]];
	heard.forEach(([event, listener]) => model.on(event, listener));
	redraw();
	root.dataset.live = given.explorer;
	return () => {
		pause();
		answered();
		heard.forEach(([event, listener]) => model.off(event, listener));
		controls.forEach((made) => made.remove());
	};
}

// The page's models, each under the name that its pictures carry. Pictures stand in the notebook as
// HTML, so that they are there, and move, where no model is.
const models = (globalThis.rainfallKitModels ??= new Map());
// Milliseconds: a model comes a little before its picture or after it.
const PATIENCE = 400;

class Explorer extends HTMLElement {
	connectedCallback() {
		const { model } = this.dataset;
		this.wait = setTimeout(() => this.live(), !model || models.has(model) ? 0 : PATIENCE);
	}
	disconnectedCallback() {
		clearTimeout(this.wait);
		this.life?.then((stop) => stop());
		this.life = undefined;
	}
	live() {
		this.disconnectedCallback();
		const { given, state } = JSON.parse(this.querySelector("script").textContent);
		this.life = bringToLife(this, given, models.get(this.dataset.model) ?? pageModel(state));
	}
}

// Each version of this script has a tag of its own, for a page may hold pictures of several.
function define(tag) {
	if (!customElements.get(tag)) customElements.define(tag, class extends Explorer {});
}

function initialize({ model }) {
	const [tag, name] = ["_tag", "_name"].map((trait) => model.get(trait));
	models.set(name, model);
	define(tag);
	document.querySelectorAll(`[data-model="${name}"]`).forEach((picture) => picture.live());
	return () => models.delete(name);
}

const render = ({ model, el }) => void (el.innerHTML = model.get("_still"));

export default { initialize, render };
