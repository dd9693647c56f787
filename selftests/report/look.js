// SPDX-License-Identifier: GPL-2.0-only
//
// What a page shows, looked at in the page itself: a function body that returns the faults
// of each check, as lists of texts. Its argument is whether the whole page is looked at, or
// only the figures in it.
const whole = arguments[0];
const faults = { scroll: [], overflow: [], room: [], overlap: [], size: [], contrast: [] };
// Of a pixel: what the browser's rounding may add.
const ROUNDING = 1;
const SMALLEST_TEXT = 8.5;
const LEAST_CONTRAST = 4.5;
// Not innerWidth, which a phone widens to what it has to show.
const width = document.documentElement.clientWidth;

const shown = e => e.checkVisibility() && e.getClientRects().length > 0;
const name = e => {
	const place = e.closest("figure, tr, section, header, footer");
	const of = place ? Object.values(place.dataset).join(" ") || place.id : "";
	return `${e.tagName.toLowerCase()} "${e.textContent.trim().slice(0, 50)}" (${of})`;
};

function rgb(colour) {
	const parts = colour.match(/[\d.]+/g).map(Number);
	return { channels: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
}

function luminance(channels) {
	const [r, g, b] = channels.map(c => c / 255).map(
		c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
	const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
	return (high + 0.05) / (low + 0.05);
}

// The colour behind an element: the nearest background that is not transparent.
function behind(e) {
	for (; e; e = e.parentElement) {
		const found = rgb(getComputedStyle(e).backgroundColor);
		if (found.alpha > 0)
			return found.channels;
	}
	return [255, 255, 255];
}

const inside = (x, y, b) => x >= b.x && x <= b.x + b.width && y >= b.y && y <= b.y + b.height;

// The colour behind a text of a picture: the last shape drawn before it at its middle.
function behind_text(text, box, shapes) {
	const x = box.x + box.width / 2, y = box.y + box.height / 2;
	let found = null;
	for (const shape of shapes) {
		if (!(shape.e.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING))
			break;
		if (shape.fill !== "none" && inside(x, y, shape.box))
			found = rgb(shape.fill).channels;
	}
	return found || behind(text.closest("svg").parentElement);
}

function check_contrast(e, colour, background) {
	const found = contrast(rgb(colour).channels, background);
	if (found < LEAST_CONTRAST)
		faults.contrast.push(`${name(e)}: ${found.toFixed(2)}`);
}

const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x ||
			a.y + a.height <= b.y || b.y + b.height <= a.y;

// The glyphs of a line are less high than its box.
function glyphs(e) {
	const b = e.getBBox();
	return { x: b.x + 0.5, width: b.width - 1, y: b.y + 0.2 * b.height,
		 height: 0.6 * b.height };
}

function points(b) {
	const found = [];
	for (let i = 0; i <= 8; i++)
		for (const dy of [0, 0.5, 1])
			found.push(new DOMPoint(b.x + b.width * i / 8, b.y + b.height * dy));
	return found;
}

function check_text(text, box, svg, scale) {
	const view = svg.viewBox.baseVal;
	if (box.width > Number(text.dataset.room) + ROUNDING)
		faults.room.push(`${name(text)}: ${box.width.toFixed(0)} wide`);
	if (box.x < -ROUNDING || box.x + box.width > view.width + ROUNDING ||
	    box.y < 0 || box.y + box.height > view.height)
		faults.room.push(`${name(text)}: outside of its picture`);
	if (text.textContent.includes("…"))
		faults.room.push(`${name(text)}: cut`);
	const size = parseFloat(getComputedStyle(text).fontSize) * scale;
	if (size < SMALLEST_TEXT)
		faults.size.push(`${name(text)}: ${size.toFixed(1)} px`);
}

function check_picture(svg) {
	const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
	const texts = [...svg.querySelectorAll("text")].map(
		e => ({ e, box: e.getBBox(), glyphs: glyphs(e) }));
	const shapes = [...svg.querySelectorAll("rect, circle")].map(
		e => ({ e, box: e.getBBox(), fill: getComputedStyle(e).fill }));
	const solid = shapes.filter(s => s.e.matches(".edge, circle"));
	const lines = [...svg.querySelectorAll("path.stroke, path.line")];
	texts.forEach((text, i) => {
		check_text(text.e, text.box, svg, scale);
		check_contrast(text.e, getComputedStyle(text.e).fill,
			       behind_text(text.e, text.box, shapes));
		for (const other of texts.slice(i + 1))
			if (!apart(text.glyphs, other.glyphs))
				faults.overlap.push(`${name(text.e)} and ${name(other.e)}`);
		for (const { e, box } of solid) {
			const on = text.e.parentNode === e.parentNode &&
				   inside(text.box.x, text.box.y + text.box.height / 2, box);
			if (!on && !apart(text.glyphs, box))
				faults.overlap.push(`${name(text.e)} and a ${e.tagName}`);
		}
		if (!text.e.matches(".number"))
			for (const line of lines)
				if (points(text.glyphs).some(p => line.isPointInStroke(p)))
					faults.overlap.push(`${name(text.e)} and a line`);
	});
}

function check_element(e) {
	const box = e.getBoundingClientRect();
	if (box.left < -ROUNDING || box.right > width + ROUNDING)
		faults.overflow.push(`${name(e)}: ${box.left.toFixed(0)} to ${box.right.toFixed(0)}`);
	const style = getComputedStyle(e);
	if (e.clientWidth > 0 && style.display !== "inline" &&
	    e.scrollWidth > e.clientWidth + ROUNDING)
		faults.overflow.push(`${name(e)}: ${e.scrollWidth} in ${e.clientWidth}`);
	if ([...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.textContent.trim())) {
		check_contrast(e, style.color, behind(e));
		if (parseFloat(style.fontSize) < SMALLEST_TEXT)
			faults.size.push(`${name(e)}: ${style.fontSize}`);
	}
}

if (document.documentElement.scrollWidth > width)
	faults.scroll.push(`${document.documentElement.scrollWidth} in ${width}`);
document.querySelectorAll("details").forEach(d => { d.open = true; });
if (document.documentElement.scrollWidth > width)
	faults.scroll.push(`opened: ${document.documentElement.scrollWidth} in ${width}`);
for (const e of document.querySelectorAll(whole ? "body *" : ".lab-figure, .lab-figure *"))
	if (!e.closest("svg") && shown(e))
		check_element(e);
const pictures = [...document.querySelectorAll(".lab-figure svg")].filter(shown);
pictures.forEach(check_picture);

const data = (selector, ...names) => [...document.querySelectorAll(selector)].filter(shown)
	.map(e => names.map(n => e.closest(`[data-${n}]`).dataset[n]).join(" "));
return {
	faults,
	paths: data(".lab-path svg", "method", "route", "cache"),
	bars: data(".lab-bars svg", "route", "cache"),
	bar_rows: [...document.querySelectorAll(".lab-bars svg")].filter(shown).flatMap(
		svg => [...svg.querySelectorAll(".row")].map(r => [r.dataset.method,
			...Object.values(svg.closest("figure").dataset)].join(" "))),
	table_rows: data("table[data-route] tbody tr", "route", "cache"),
	named: pictures.every(svg => svg.getAttribute("role") === "img" &&
		["labelledby", "describedby"].every(n => document.getElementById(
			svg.getAttribute("aria-" + n))?.textContent.trim())),
	idents: (all => all.length === new Set(all).size)(
		[...document.querySelectorAll("[id]")].map(e => e.id)),
};
